"""The property of delivery: whatever happens in whatever order, nothing is lost, and nothing sent twice unknowingly."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from mailroom.db.once import units_of_work_for
from mailroom.db.unit_of_work import UnitOfWorkFactory
from support.databases import Database
from support.message_life import MessageLife

# The suite plays the same ones each time; any number that is asked for is played anew.
EXAMPLES = os.environ.get("MAILROOM_EXAMPLES")

pytestmark = pytest.mark.usefixtures("allowed_all")


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with units_of_work_for(database.settings(), "test") as unit_of_work:
        yield unit_of_work


def test_no_message_is_lost_or_sent_twice_once_it_is_known_to_be_sent(
    client: FlaskClient,
    authorization: dict[str, str],
    database: Database,
    unit_of_work: UnitOfWorkFactory,
    figure: Callable[[str], None],
) -> None:
    counts: list[tuple[int, int]] = []

    class StoredMessageLife(MessageLife):
        def __init__(self) -> None:
            self.client, self.authorization = client, authorization
            self.database, self.unit_of_work = database, unit_of_work
            self.told = lambda accepted, again: counts.append((accepted, again))
            super().__init__()

    run_state_machine_as_test(
        StoredMessageLife,
        settings=settings(
            max_examples=int(EXAMPLES or 10), stateful_step_count=30, deadline=None, derandomize=not EXAMPLES
        ),
    )

    accepted, again = (sum(count) for count in zip(*counts, strict=True))
    figure(f"{accepted} messages accepted, {again} sent again: SES took them, and nobody lived to be told")
    assert again > 0, "no worker died at the moment that matters"
