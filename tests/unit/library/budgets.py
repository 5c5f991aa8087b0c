"""The module `aws_budget` as its tests run it, and what AWS says afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from library import aws_budget
from tests.unit.library.simulated_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

NAME = "slipway-production"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:costs"
ARGUMENTS = {
    "name": NAME,
    "amount": 120,
    "tag_key": "Environment",
    "tag_value": "production",
    "actual": [80, 100],
    "forecasted": [100],
    "emails": ["ops@example.com"],
}


@pytest.fixture
def budget(run_module: Callable[..., Outcome], aws: SimulatedAws) -> Callable[..., Outcome]:
    """Run the module for production's budget."""
    del aws

    def run(*, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        return run_module(aws_budget.main, {**ARGUMENTS, **more}, check=check)

    return run


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
