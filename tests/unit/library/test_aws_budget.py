"""The module `aws_budget` keeps a monthly budget for what carries a tag."""

from __future__ import annotations

import json
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


def test_a_budget_is_made(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    outcome = budget()
    made = budgets(aws)[NAME]

    assert outcome.changed
    assert made["BudgetLimit"] == {"Amount": "120", "Unit": "USD"}
    assert made["CostFilters"] == {"TagKeyValue": ["user:Environment$production"]}
    assert (made["TimeUnit"], made["BudgetType"]) == ("MONTHLY", "COST")
    ops = [("EMAIL", "ops@example.com")]
    assert tells(aws) == {("ACTUAL", 80): ops, ("ACTUAL", 100): ops, ("FORECASTED", 100): ops}


def test_a_second_run_changes_nothing(budget: Callable[..., Outcome]) -> None:
    budget(topic_arn=TOPIC)

    assert not budget(topic_arn=TOPIC, amount=120.0, actual=[100, 80]).changed


def test_an_amount_that_aws_tells_with_zeros_is_the_same(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget()
    known = {name: budgets(aws)[NAME][name] for name in ("BudgetName", "BudgetType", "TimeUnit", "CostFilters")}
    limit = {"Amount": "120.0", "Unit": "USD"}
    aws.ask("budgets", "update_budget", AccountId=ACCOUNT, NewBudget={**known, "BudgetLimit": limit})

    assert not budget().changed


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ({"amount": 99.5}, "BudgetLimit", {"Amount": "99.5", "Unit": "USD"}),
        ({"currency": "EUR"}, "BudgetLimit", {"Amount": "120", "Unit": "EUR"}),
        ({"tag_value": "staging"}, "CostFilters", {"TagKeyValue": ["user:Environment$staging"]}),
        ({"tag_key": "Stage"}, "CostFilters", {"TagKeyValue": ["user:Stage$production"]}),
        ({"tag_key": "aws:createdBy"}, "CostFilters", {"TagKeyValue": ["aws:createdBy$production"]}),
    ],
)
def test_what_it_counts_is_changed_and_all_else_stays(
    budget: Callable[..., Outcome], aws: SimulatedAws, more: dict[str, Any], name: str, value: object
) -> None:
    budget()
    period, told = budgets(aws)[NAME]["TimePeriod"], tells(aws)

    assert budget(**more).changed
    assert budgets(aws)[NAME][name] == value
    assert budgets(aws)[NAME]["TimePeriod"] == period
    assert tells(aws) == told
    assert not budget(**more).changed


def test_which_costs_somebody_else_has_it_count_stays(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget()
    names = ("BudgetName", "BudgetType", "TimeUnit", "CostFilters", "BudgetLimit", "CostTypes")
    known = {name: budgets(aws)[NAME][name] for name in names}
    known["CostTypes"]["IncludeCredit"] = False
    aws.ask("budgets", "update_budget", AccountId=ACCOUNT, NewBudget=known)

    assert budget(amount=200).changed
    assert budgets(aws)[NAME]["CostTypes"]["IncludeCredit"] is False


def test_a_budget_whose_amount_is_planned_by_month_gets_one_that_stays(
    budget: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    budget()
    names = ("BudgetName", "BudgetType", "TimeUnit", "CostFilters", "BudgetLimit")
    planned = {name: budgets(aws)[NAME][name] for name in names}
    planned["PlannedBudgetLimits"] = {"1767225600": {"Amount": "120", "Unit": "USD"}}
    aws.ask("budgets", "update_budget", AccountId=ACCOUNT, NewBudget=planned)

    assert budget().result["diff"]["before"]["budget"]["limit"] == "changes"
    assert "PlannedBudgetLimits" not in budgets(aws)[NAME]


def test_a_budget_of_another_kind_becomes_one_of_costs_in_a_month(
    budget: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    other = {"BudgetName": NAME, "BudgetType": "USAGE", "TimeUnit": "QUARTERLY"}
    limit = {"BudgetLimit": {"Amount": "120", "Unit": "USD"}}
    aws.ask("budgets", "create_budget", AccountId=ACCOUNT, Budget={**other, **limit})

    assert budget().result["diff"]["before"]["budget"]["counts"] == "QUARTERLY USAGE"
    assert (budgets(aws)[NAME]["TimeUnit"], budgets(aws)[NAME]["BudgetType"]) == ("MONTHLY", "COST")
    assert not budget().changed


def test_percents_are_added_and_removed(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget()

    assert budget(actual=[50.5, 100], forecasted=[]).changed
    assert sorted(tells(aws)) == [("ACTUAL", 50.5), ("ACTUAL", 100)]
    assert not budget(actual=[50.5, 100], forecasted=[]).changed


def test_others_are_told(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget()

    assert budget(emails=["bea@example.com"], topic_arn=TOPIC).changed
    receivers = [("SNS", TOPIC), ("EMAIL", "bea@example.com")]
    assert tells(aws) == {("ACTUAL", 80): receivers, ("ACTUAL", 100): receivers, ("FORECASTED", 100): receivers}
    assert not budget(emails=["bea@example.com"], topic_arn=TOPIC).changed


def test_a_diff_shows_what_changes(budget: Callable[..., Outcome]) -> None:
    budget(actual=[80], forecasted=[])
    diff = budget(amount=200, actual=[80], forecasted=[90]).result["diff"]

    assert diff["before"]["budget"]["limit"] == "120 USD"
    assert diff["after"]["budget"]["limit"] == "200 USD"
    assert diff["before"]["budget"]["tells"] == {"ACTUAL GREATER_THAN 80 PERCENTAGE": ["ops@example.com"]}
    assert "FORECASTED GREATER_THAN 90 PERCENTAGE" in diff["after"]["budget"]["tells"]


def test_a_budget_is_removed_once(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget(name="another")
    budget()

    assert budget(state="absent").changed
    assert list(budgets(aws)) == ["another"]
    assert not budget(state="absent").changed


def test_check_mode_tells_of_a_new_budget_and_makes_none(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    assert budget(check=True).changed
    assert budgets(aws) == {}


def test_check_mode_tells_of_changes_and_makes_none(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    budget()
    before = (budgets(aws), tells(aws))

    assert budget(amount=200, check=True).changed
    assert budget(actual=[10], check=True).changed
    assert budget(emails=["bea@example.com"], check=True).changed
    assert budget(state="absent", check=True).changed
    assert (budgets(aws), tells(aws)) == before


def test_a_tag_by_which_billing_counts_brings_no_warning(budget: Callable[..., Outcome]) -> None:
    outcome = budget()

    assert outcome.result["tag_active"] is True
    assert "warnings" not in outcome.result


@pytest.mark.parametrize("told", [[], [{"TagKey": "Environment", "Type": "UserDefined", "Status": "Inactive"}]])
def test_a_tag_by_which_billing_does_not_count_brings_a_warning(
    budget: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, told: list[dict[str, str]]
) -> None:
    answer_of_cost_explorer(monkeypatch, lambda: {"CostAllocationTags": told})
    outcome = budget()

    assert outcome.result["tag_active"] is False
    [warning] = outcome.result["warnings"]
    assert warning.startswith(f"The budget {NAME} counts nothing yet: Environment is no active cost allocation tag.")


def test_an_account_that_may_not_ask_for_tags_is_not_warned(
    budget: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.core.exceptions import JsonRESTError  # noqa: PLC0415 - it takes a second

    def refuse() -> dict[str, Any]:
        raise JsonRESTError("AccessDeniedException", "Linked account doesn't have access to cost allocation tags.")

    answer_of_cost_explorer(monkeypatch, refuse)
    outcome = budget()

    assert outcome.changed
    assert outcome.result["tag_active"] is None
    assert "warnings" not in outcome.result


def answer_of_cost_explorer(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], dict[str, Any]]) -> None:
    from tests.lab.aws_calls import CostExplorer  # noqa: PLC0415 - it takes a second

    monkeypatch.setattr(CostExplorer, "list_cost_allocation_tags", lambda _: json.dumps(answer()))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"amount": 0}, "amount is 0, and must be more than 0"),
        ({"amount": None}, "amount is 0, and must be more than 0"),
        ({"tag_value": ""}, "tag_key or tag_value is empty, so the budget would count nothing"),
        ({"actual": [0]}, "a percent is 0, and must be more than 0"),
        ({"actual": list(range(1, 11))}, "actual and forecasted have 11 percents, and AWS takes 10"),
        (
            {"emails": ["a@example.com"] * 11},
            "emails has 11 addresses, and AWS takes 10; let an SNS topic tell the others",
        ),
        ({"emails": []}, "neither emails nor topic_arn is given, so the budget would tell nobody"),
    ],
)
def test_a_budget_that_aws_does_not_take_or_that_tells_nobody_is_refused(
    budget: Callable[..., Outcome], aws: SimulatedAws, more: dict[str, Any], message: str
) -> None:
    outcome = budget(**more)

    assert outcome.failed
    assert outcome.message == f"{message}; nothing was changed."
    assert budgets(aws) == {}


def test_a_budget_without_percents_needs_nobody_to_tell(budget: Callable[..., Outcome], aws: SimulatedAws) -> None:
    assert budget(emails=[], actual=[], forecasted=[]).changed
    assert tells(aws) == {}
