#!/usr/bin/python
"""Ansible module that has SES send for a domain, signed with DKIM, and report what became of the mail."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.aws_service import (
    TAG_OPTIONS,
    AnsibleAWSModule,
    CloudError,
    Service,
    account_of,
    conclude,
    keep,
)
from ansible.module_utils.ses import ConfigurationSet, Identity

DOCUMENTATION = r"""
module: ses_domain
short_description: Have SES send for a domain, signed with DKIM, and report what became of the mail
description:
  - Keeps three things of SES that belong together. The domain's identity, which signs by Easy DKIM; the configuration
    set that its mail has by default; and in that the event destination, which tells an SNS topic what became of a mail.
  - SES believes that the domain is yours once the records in RV(dns_records) are in its DNS. That takes minutes, up to
    72 hours; run the module again to see RV(verified).
  - Other event destinations of the configuration set stay as they are.
options:
  domain:
    description: The domain that mail comes from.
    type: str
    required: true
  configuration_set:
    description: The configuration set's name.
    type: str
    required: true
  event_destination:
    description: The event destination's name in the configuration set.
    type: str
    default: sns
  topic_arn:
    description:
      - The SNS topic that is told. Its policy must let C(ses.amazonaws.com) publish.
      - Required with O(state=present).
    type: str
  events:
    description: What the topic is told of. By default all that Mailroom understands.
    type: list
    elements: str
    choices: [SEND, REJECT, BOUNCE, COMPLAINT, DELIVERY, OPEN, CLICK, RENDERING_FAILURE, DELIVERY_DELAY, SUBSCRIPTION]
    default: [BOUNCE, COMPLAINT, DELIVERY, DELIVERY_DELAY, REJECT, RENDERING_FAILURE]
  owner_tags:
    description:
      - Names of tags that tell whose the identity is. Where it has one of them with another value than in O(tags), it
        is another's. With O(state=present) that is an error, before anything is changed; with O(state=absent) the
        identity stays.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(absent) removes the identity, unless O(owner_tags) tell that it is another's, and the configuration set with
        all its event destinations.
      - From then on SES sends nothing for the domain, whoever asks it to.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - Speaks SES' API v2. The older one knows no C(DELIVERY_DELAY).
  - A domain that signs with a key of its owner's (BYODKIM) is refused, and left as it is.
  - Needs C(ses:GetEmailIdentity), C(ses:CreateEmailIdentity), C(ses:DeleteEmailIdentity),
    C(ses:PutEmailIdentityDkimAttributes), C(ses:PutEmailIdentityDkimSigningAttributes),
    C(ses:PutEmailIdentityConfigurationSetAttributes), C(ses:GetConfigurationSet), C(ses:CreateConfigurationSet),
    C(ses:DeleteConfigurationSet), C(ses:GetConfigurationSetEventDestinations),
    C(ses:CreateConfigurationSetEventDestination), C(ses:UpdateConfigurationSetEventDestination),
    C(ses:ListTagsForResource), C(ses:TagResource), C(ses:UntagResource).
"""

EXAMPLES = r"""
- name: Have SES send for the domain
  ses_domain:
    domain: example.com
    configuration_set: mailroom-production
    topic_arn: "{{ topic.sns_arn }}"
    tags: {Environment: production}
  register: mail

- name: Show SES that the domain is ours
  amazon.aws.route53:
    zone: example.com
    record: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
    ttl: 3600
    state: present
    overwrite: true
  loop: "{{ mail.dns_records }}"
"""

RETURN = r"""
verified:
  description: Whether SES has seen that the domain is yours, and sends for it.
  returned: always
  type: bool
dkim_status:
  description:
    - What SES says of the DKIM records, such as V(PENDING) or V(SUCCESS). V(FAILED) after 72 hours without the records.
    - V(NOT_STARTED) when there is no identity.
  returned: always
  type: str
dkim_tokens:
  description: The names of SES' keys for the domain. None before the identity is there, as in check mode.
  returned: always
  type: list
  elements: str
dns_records:
  description:
    - The records that the domain's DNS must have.
    - With O(state=absent) in check mode those that it needs no more.
  returned: always
  type: list
  elements: dict
  sample: [{name: abc._domainkey.example.com, type: CNAME, value: abc.dkim.amazonses.com}]
identity_arn:
  description: The identity's name to IAM.
  returned: always
  type: str
  sample: arn:aws:ses:eu-central-1:123456789012:identity/example.com
configuration_set_arn:
  description: The configuration set's name to IAM.
  returned: always
  type: str
  sample: arn:aws:ses:eu-central-1:123456789012:configuration-set/mailroom-production
"""

_EVENTS = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "OPEN", "CLICK", "RENDERING_FAILURE"]
_EVENTS_OF_V2 = ["DELIVERY_DELAY", "SUBSCRIPTION"]
_UNDERSTOOD = ["BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "REJECT", "RENDERING_FAILURE"]


def run(module: AnsibleAWSModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params | {"domain": module.params["domain"].strip().rstrip(".").lower()}
    if "@" in wish["domain"] or "." not in wish["domain"]:
        raise CloudError(f"{wish['domain']} is no domain, such as example.com; nothing was changed.")
    if wish["state"] == "present" and not (wish["topic_arn"] or "").startswith("arn:"):
        raise CloudError(
            f"topic_arn is {wish['topic_arn'] or 'empty'}, and must be an SNS topic's; nothing was changed."
        )
    ses = Service(module, "sesv2")
    account, partition = account_of(module)
    prefix = f"arn:{partition}:ses:{ses.region}:{account}"
    identity = Identity(ses, wish, f"{prefix}:identity/{wish['domain']}")
    configuration_set = ConfigurationSet(ses, wish, f"{prefix}:configuration-set/{wish['configuration_set']}")
    # The set comes first, since the identity names it, and goes last.
    parts = {"configuration_set": configuration_set, "identity": identity}
    kept = keep(parts, present=wish["state"] == "present", check=module.check_mode)
    if kept["changed"] and not module.check_mode:
        identity.look()
    arns = {"identity_arn": identity.arn, "configuration_set_arn": configuration_set.arn}
    return {**kept, **identity.describe(), **arns}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleAWSModule(
        argument_spec={
            "domain": {"type": "str", "required": True},
            "configuration_set": {"type": "str", "required": True},
            "event_destination": {"type": "str", "default": "sns"},
            "topic_arn": {"type": "str"},
            "events": {
                "type": "list",
                "elements": "str",
                "choices": [*_EVENTS, *_EVENTS_OF_V2],
                "default": _UNDERSTOOD,
            },
            "owner_tags": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **TAG_OPTIONS,
        },
        required_if=[("state", "present", ["topic_arn"])],
        supports_check_mode=True,
    )
    conclude(module, f"bring SES to what was asked for {module.params['domain']}", lambda: run(module))


if __name__ == "__main__":
    main()
