"""A monthly budget for what carries a tag, and whom it tells at which share of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible.module_utils.aws_service import Service, State

_MISSING = "NotFoundException"
# What an update isn't told it takes away.
_KEPT = ("TimePeriod", "CostTypes", "BillingViewArn")


class Budget:
    """The budget and its notifications."""

    def __init__(self, budgets: Service, wish: dict[str, Any], account: str) -> None:
        """Nothing is asked yet."""
        self._budgets = budgets
        self._wish = wish
        self._account = {"AccountId": account}
        self._name = {"AccountId": account, "BudgetName": wish["name"]}
        self._found: dict[str, Any] = {}

    def look(self) -> State | None:
        """Return how it is, None where there is none."""
        answer = self._budgets.find("describe_budget", _MISSING, **self._name)
        if answer is None:
            return None
        found = self._found = answer["Budget"]
        limit = found.get("BudgetLimit")
        # One that AWS changes from time to time has a limit, too: that of now.
        fixed = limit and not found.get("PlannedBudgetLimits") and not found.get("AutoAdjustData")
        listed = self._listed("describe_notifications_for_budget", "Notifications")
        return {
            "limit": f"{plain(limit['Amount'])} {limit['Unit']}" if fixed else "changes",
            "counts": f"{found['TimeUnit']} {found['BudgetType']}",
            "filters": {name: sorted(values) for name, values in found.get("CostFilters", {}).items()},
            "tells": {at: self._receivers(at) for at in map(as_text, listed)},
        }

    def _receivers(self, at: str) -> list[str]:
        call = "describe_subscribers_for_notification"
        return sorted(each["Address"] for each in self._listed(call, "Subscribers", Notification=as_notification(at)))

    def _listed(self, call: str, key: str, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        found: list[dict[str, Any]] = self._budgets.every(call, key, _MISSING, **self._name, **parameters)
        return found

    def wanted(self, before: State | None) -> State:
        """Return how it must be."""
        del before
        wish = self._wish
        shares = [("ACTUAL", share) for share in wish["actual"]]
        shares += [("FORECASTED", share) for share in wish["forecasted"]]
        receivers = sorted({*wish["emails"], *([wish["topic_arn"]] if wish["topic_arn"] else [])})
        # The names of AWS' own tags begin with their prefix.
        tag = wish["tag_key"] if wish["tag_key"].startswith("aws:") else f"user:{wish['tag_key']}"
        return {
            "limit": f"{plain(wish['amount'])} {wish['currency']}",
            "counts": "MONTHLY COST",
            "filters": {"TagKeyValue": [f"{tag}${wish['tag_value']}"]},
            "tells": {f"{kind} GREATER_THAN {plain(share)} PERCENTAGE": receivers for kind, share in shares},
        }

    def bring(self, before: State | None, after: State) -> None:
        """Make it, or bring it from one state to the other."""
        if before is None:
            notifications = [with_receivers(*told) for told in after["tells"].items()]
            told = {"Budget": self._as_budget(after), "NotificationsWithSubscribers": notifications}
            self._budgets.ask("create_budget", **self._account, **told)
            return
        if any(before[name] != after[name] for name in ("limit", "counts", "filters")):
            kept = _KEPT if before["counts"] == after["counts"] else ()
            rest = {name: self._found[name] for name in kept if name in self._found}
            self._budgets.ask("update_budget", **self._account, NewBudget={**rest, **self._as_budget(after)})
        self._tell(before["tells"], after["tells"])

    def _tell(self, before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
        """Change the notifications. One whose receivers change is made anew.

        AWS has no call that changes all of them, and takes neither a second topic nor none for the time between.
        """
        for at, receivers in before.items():
            if receivers != after.get(at):
                self._budgets.ask("delete_notification", **self._name, Notification=as_notification(at))
        for at, receivers in after.items():
            if receivers != before.get(at):
                self._budgets.ask("create_notification", **self._name, **with_receivers(at, receivers))

    def _as_budget(self, after: State) -> dict[str, Any]:
        amount, currency = after["limit"].split()
        unit, kind = after["counts"].split()
        return {
            "BudgetName": self._wish["name"],
            "BudgetLimit": {"Amount": amount, "Unit": currency},
            "TimeUnit": unit,
            "BudgetType": kind,
            "CostFilters": after["filters"],
        }

    def remove(self) -> None:
        """Remove it, with its notifications."""
        self._budgets.ask("delete_budget", **self._name)


def plain(number: str | float) -> str:
    """Return a number without zeros that say nothing: AWS tells 120 as 120.0."""
    return f"{Decimal(str(number)).normalize():f}"


def as_text(notification: dict[str, Any]) -> str:
    """Return when a notification is sent, as a diff shows it: ``ACTUAL GREATER_THAN 80 PERCENTAGE``."""
    unit = notification.get("ThresholdType", "PERCENTAGE")
    kind, than = notification["NotificationType"], notification["ComparisonOperator"]
    return f"{kind} {than} {plain(notification['Threshold'])} {unit}"


def as_notification(at: str) -> dict[str, Any]:
    """Return the notification of such a text, as AWS takes it."""
    kind, than, threshold, unit = at.split()
    share = {"Threshold": float(threshold), "ThresholdType": unit}
    return {"NotificationType": kind, "ComparisonOperator": than, **share}


def with_receivers(at: str, receivers: list[str]) -> dict[str, Any]:
    """Return a notification with its receivers, email addresses and topics, as AWS takes it."""
    told = [{"SubscriptionType": "SNS" if each.startswith("arn:") else "EMAIL", "Address": each} for each in receivers]
    return {"Notification": as_notification(at), "Subscribers": told}
