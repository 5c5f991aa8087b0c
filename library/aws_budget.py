#!/usr/bin/python
"""Ansible module that has AWS say when what carries a tag costs more in a month than it should."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.aws_service import AnsibleAWSModule, CloudError, Service, account_of, conclude, keep
from ansible.module_utils.budget import Budget
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

DOCUMENTATION = r"""
module: aws_budget
short_description: Have AWS say when what carries a tag costs more in a month than it should
description:
  - Keeps a monthly cost budget for the resources that carry a tag, and whom it tells at which share of it, of what was
    spent and of what AWS forecasts for the whole month.
  - A budget only tells; it stops nothing. AWS reckons three times a day or so, and credits and refunds count against
    the costs, as it has it by default.
  - Billing counts by a tag only once that is an active cost allocation tag. See RV(tag_active).
options:
  name:
    description: The budget's name in the account. C(:) and C(\\) can't be in it.
    type: str
    required: true
  amount:
    description: What a month may cost. Required with O(state=present).
    type: float
  currency:
    description: The amount's currency; AWS takes that of the account's bills only.
    type: str
    default: USD
  tag_key:
    description: The tag's name, such as C(Environment). Required with O(state=present).
    type: str
  tag_value:
    description: The tag's value, such as C(production). Required with O(state=present).
    type: str
  actual:
    description: At which shares of the amount that were spent to tell, in percent. Ten in all with O(forecasted).
    type: list
    elements: float
    default: [80, 100]
  forecasted:
    description: At which shares of the amount that a month is going to cost to tell, in percent.
    type: list
    elements: float
    default: [100]
  emails:
    description: Whom to tell by email, ten at most.
    type: list
    elements: str
    default: []
  topic_arn:
    description:
      - An SNS topic to tell, too. Its policy must let C(budgets.amazonaws.com) publish.
      - It or O(emails) must be given with O(state=present), unless both lists of percents are empty.
    type: str
  state:
    description: Whether the budget is there.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - Needs no region. Budgets has one endpoint, in us-east-1; a region tells no more than the partition.
  - A notification whose receivers change is made anew; when its share was passed already, AWS tells it again.
  - A tag is made active under Billing and Cost Management, Cost allocation tags, of the account that pays. It appears
    there up to 24 hours after a resource first carried it, and being active takes up to 24 hours more.
  - Needs C(budgets:ViewBudget), C(budgets:ModifyBudget), and for RV(tag_active) C(ce:ListCostAllocationTags).
"""

EXAMPLES = r"""
- name: Have AWS say when production costs more than 120 dollars a month
  aws_budget:
    name: slipway-production
    amount: 120
    tag_key: Environment
    tag_value: production
    actual: [50, 80, 100]
    forecasted: [100]
    emails: [ops@example.com]
"""

RETURN = r"""
tag_active:
  description:
    - Whether the tag is an active cost allocation tag. While it isn't, the budget counts nothing, and the module warns.
    - Null where AWS doesn't tell, as in a member account of an organization, and with O(state=absent).
  returned: always
  type: bool
"""

_MOST = 10  # notifications of a budget, and email addresses of a notification
_HOME = "us-east-1"


def refuse_wrong(wish: dict[str, Any]) -> None:
    """Raise CloudError for a budget that AWS doesn't take, or that never tells anybody."""
    shares = [*wish["actual"], *wish["forecasted"]]
    wrong = ""
    if not (wish["amount"] and wish["amount"] > 0):
        wrong = f"amount is {wish['amount'] or 0:g}, and must be more than 0"
    elif not wish["tag_key"] or not wish["tag_value"]:
        wrong = "tag_key or tag_value is empty, so the budget would count nothing"
    elif any(share <= 0 for share in shares):
        wrong = f"a percent is {min(shares):g}, and must be more than 0"
    elif len(shares) > _MOST:
        wrong = f"actual and forecasted have {len(shares)} percents, and AWS takes {_MOST}"
    elif len(wish["emails"]) > _MOST:
        wrong = f"emails has {len(wish['emails'])} addresses, and AWS takes {_MOST}; let an SNS topic tell the others"
    elif shares and not wish["emails"] and not wish["topic_arn"]:
        wrong = "neither emails nor topic_arn is given, so the budget would tell nobody"
    if wrong:
        raise CloudError(f"{wrong}; nothing was changed.")


def is_active(module: AnsibleAWSModule, tag: str, region: str) -> bool | None:
    """Return whether Billing counts by a tag, None where AWS doesn't tell."""
    try:
        told = Service(module, "ce", region).ask("list_cost_allocation_tags", TagKeys=[tag])
    except ClientError:
        return None
    return any(each["Status"] == "Active" for each in told["CostAllocationTags"])


def run(module: AnsibleAWSModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    present = wish["state"] == "present"
    if present:
        refuse_wrong(wish)
    region = module.region or _HOME
    account, _ = account_of(module, region)
    budget = Budget(Service(module, "budgets", region), wish, account)
    kept = keep({"budget": budget}, present=present, check=module.check_mode)
    active = is_active(module, wish["tag_key"], region) if present else None
    if active is False:
        module.warn(
            f"The budget {wish['name']} counts nothing yet: {wish['tag_key']} is no active cost allocation tag. Make "
            "it one in the account that pays, under Billing and Cost Management, Cost allocation tags; it appears "
            "there up to 24 hours after a resource first carried it."
        )
    return {**kept, "tag_active": active}


def main() -> None:
    """Run as an Ansible module."""
    shares = {"type": "list", "elements": "float"}
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "amount": {"type": "float"},
            "currency": {"type": "str", "default": "USD"},
            "tag_key": {"type": "str", "no_log": False},
            "tag_value": {"type": "str"},
            "actual": {**shares, "default": [80.0, 100.0]},
            "forecasted": {**shares, "default": [100.0]},
            "emails": {"type": "list", "elements": "str", "default": []},
            "topic_arn": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ["amount", "tag_key", "tag_value"])],
        supports_check_mode=True,
    )
    conclude(module, f"bring the budget {module.params['name']} to what was asked", lambda: run(module))


if __name__ == "__main__":
    main()
