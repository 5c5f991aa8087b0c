"""The module `aws_budget` keeps a monthly budget for what carries a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.library.budget.budgets import NAME, TOPIC, budgets, tells
from tests.unit.library.simulated_aws import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws


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
