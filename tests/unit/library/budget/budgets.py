"""What AWS says of the budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.library.simulated_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.unit.library.simulated_aws import SimulatedAws

NAME = "slipway-production"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:costs"


def budgets(aws: SimulatedAws) -> dict[str, Any]:
    """Return all budgets by their names."""
    told = aws.ask("budgets", "describe_budgets", AccountId=ACCOUNT)["Budgets"]
    return {each["BudgetName"]: each for each in told}


def tells(aws: SimulatedAws) -> dict[tuple[str, float], list[tuple[str, str]]]:
    """Return whom the budget tells, by the kind of costs and percent."""
    name = {"AccountId": ACCOUNT, "BudgetName": NAME}
    told = {}
    for each in aws.ask("budgets", "describe_notifications_for_budget", **name)["Notifications"]:
        assert (each["ComparisonOperator"], each["ThresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        listed = aws.ask("budgets", "describe_subscribers_for_notification", **name, Notification=each)
        receivers = [(who["SubscriptionType"], who["Address"]) for who in listed["Subscribers"]]
        told[each["NotificationType"], each["Threshold"]] = receivers
    return told
