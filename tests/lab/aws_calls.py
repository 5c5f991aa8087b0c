"""Calls that moto doesn't know and our modules make: of SES, Budgets, IAM and Cost Explorer.

Written from AWS' references of these APIs. Importing it takes a second, since moto does.
"""

import json
import secrets
from typing import Any

from moto.budgets import urls as budgets_urls
from moto.budgets.responses import BudgetsResponse
from moto.ce import urls as ce_urls
from moto.ce.responses import CostExplorerResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.iam import urls as iam_urls
from moto.iam.models import OpenIDConnectProvider
from moto.iam.responses import IamResponse
from moto.ses.models import EmailIdentity
from moto.sesv2 import urls as ses_urls
from moto.sesv2.responses import SESV2Response

_SETS = "{0}/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)/event-destinations"
_IDENTITY = "{0}/v2/email/identities/(?P<EmailIdentity>[^/]+)"
_SES_PATHS = [
    f"{_SETS}$",
    f"{_SETS}/(?P<EventDestinationName>[^/]+)$",
    f"{_IDENTITY}/configuration-set$",
    f"{_IDENTITY}/dkim$",
    f"{_IDENTITY}/dkim/signing$",
]


class Ses(SESV2Response):
    """SES' API v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/) with event destinations and DKIM tokens."""

    def create_email_identity(self) -> str:
        """Keep the tags under the identity's ARN, too: moto has a name of its own for it."""
        answer = super().create_email_identity()
        ses = self.sesv2_backend
        if tags := self._get_param("Tags"):
            arn = f"arn:{ses.partition}:ses:{ses.region_name}:{ses.account_id}:identity/{self._domain()}"
            ses.core_backend.tagger.tag_resource(arn, tags)
        self._identity().dkim_attributes["Tokens"] = _tokens()
        return answer

    def get_email_identity(self) -> str:
        """Tell it as verified, as moto does in API v1."""
        verified = self._identity().verification_status == "SUCCESS"
        return json.dumps(json.loads(super().get_email_identity()) | {"VerifiedForSendingStatus": verified})

    def put_email_identity_configuration_set_attributes(self) -> str:
        """Change the set that mail has by default."""
        self._identity().configuration_set_name = self._get_param("ConfigurationSetName")
        return "{}"

    def put_email_identity_dkim_attributes(self) -> str:
        """Switch signing on or off."""
        self._identity().dkim_attributes["SigningEnabled"] = self._get_param("SigningEnabled")
        return "{}"

    def put_email_identity_dkim_signing_attributes(self) -> str:
        """Make keys."""
        tokens = _tokens()
        origin = self._get_param("SigningAttributesOrigin")
        self._identity().dkim_attributes |= {"SigningAttributesOrigin": origin, "Status": "SUCCESS", "Tokens": tokens}
        return json.dumps({"DkimStatus": "SUCCESS", "DkimTokens": tokens})

    def get_configuration_set_event_destinations(self) -> str:
        """Tell a set's destinations."""
        return json.dumps({"EventDestinations": list(self._destinations().values())})

    def create_configuration_set_event_destination(self) -> str:
        """Add one."""
        name = self._get_param("EventDestinationName")
        self._destinations()[name] = {**self._get_param("EventDestination"), "Name": name}
        return "{}"

    def update_configuration_set_event_destination(self) -> str:
        """Change one."""
        name = self._get_param("EventDestinationName")
        self._destinations()[name] |= self._get_param("EventDestination")
        return "{}"

    def _domain(self) -> str:
        return str(self._get_param("EmailIdentity"))

    def _identity(self) -> EmailIdentity:
        return self.sesv2_backend.get_email_identity(self._domain())

    def _destinations(self) -> dict[str, Any]:
        """Return a set's destinations by name. They are kept in moto's own set, and go when it goes."""
        found = self.sesv2_backend.get_configuration_set(self._get_param("ConfigurationSetName"))
        kept: dict[str, Any] = vars(found).setdefault("slipway_destinations", {})
        return kept


def _tokens() -> list[str]:
    """Return the names of new keys."""
    return [secrets.token_hex(16) for _ in range(3)]


class Budgets(BudgetsResponse):
    """Budgets (https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/) with changes and subscribers."""

    def update_budget(self) -> str:
        """Put a budget in the place of the one of its name; its notifications stay."""
        new = self._get_param("NewBudget")
        self.backend.describe_budget(self._get_param("AccountId"), new["BudgetName"])
        kept = self.backend.budgets[self._get_param("AccountId")][new["BudgetName"]]
        kept.budget = {"TimePeriod": kept.budget["TimePeriod"], **new}
        return "{}"

    def describe_subscribers_for_notification(self) -> str:
        """Tell who is told."""
        budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
        [found] = [kept for kept in budget.notifications if kept.details == self._get_param("Notification")]
        return json.dumps({"Subscribers": found.subscribers})


class Iam(IamResponse):
    """IAM (https://docs.aws.amazon.com/IAM/latest/APIReference/) with changes of a provider's client ids."""

    def add_client_id_to_open_id_connect_provider(self) -> ActionResult:
        """Add one."""
        self._provider().client_id_list.append(self._get_param("ClientID"))
        return EmptyResult()

    def remove_client_id_from_open_id_connect_provider(self) -> ActionResult:
        """Remove one."""
        self._provider().client_id_list.remove(self._get_param("ClientID"))
        return EmptyResult()

    def _provider(self) -> OpenIDConnectProvider:
        return self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))


class CostExplorer(CostExplorerResponse):
    """Cost Explorer (https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/) with all tags active."""

    def list_cost_allocation_tags(self) -> str:
        """Tell the tags that were asked for."""
        told = [{"TagKey": key, "Type": "UserDefined", "Status": "Active"} for key in self._get_param("TagKeys")]
        return json.dumps({"CostAllocationTags": told})


def teach() -> None:
    """Have moto's servers in this process know the calls, those made from now on."""
    ses_urls.url_paths.update(dict.fromkeys([*ses_urls.url_paths, *_SES_PATHS], Ses.dispatch))
    for urls, response in ((budgets_urls, Budgets), (iam_urls, Iam), (ce_urls, CostExplorer)):
        urls.url_paths.update(dict.fromkeys(urls.url_paths, response.dispatch))
