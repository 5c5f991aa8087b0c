"""The module `aws_budget`, beside an AWS in which there is nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from library import aws_budget
from tests.unit.library.budget.budgets import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

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

    def run(*, check: bool = False, **more: object) -> Outcome:
        return run_module(aws_budget.main, ARGUMENTS | more, check=check)

    return run
