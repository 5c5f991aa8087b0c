"""The module `aws_budget` refuses a budget that tells nobody, and warns of one that counts nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.library.budget.budgets import NAME, budgets, tells

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws


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
    """Have Cost Explorer answer so."""
    asked = "tests.lab.aws_calls.CostExplorer.list_cost_allocation_tags"
    monkeypatch.setattr(asked, lambda _: json.dumps(answer()))


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
