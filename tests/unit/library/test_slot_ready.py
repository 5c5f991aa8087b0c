"""Bringing a slot to `ready`: it is started, waited for, and heard when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import slot_health

from tests.unit.library.http_slot import HttpSlot, answering
from tests.unit.library.units import BLUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units


@pytest.fixture(autouse=True)
def release_in_blue(places: Places) -> None:
    """The blue slot holds 1.4.0."""
    places.put("blue", "1.4.0")


def test_a_slot_that_runs_is_only_asked(bring: Callable[..., Outcome], places: Places, units: Units) -> None:
    units.states[BLUE] = "active"

    with HttpSlot(places.socket("blue"), answering(200, "ready")):
        outcome = bring("blue", "ready")

    assert not outcome.changed
    assert units.commands == []
    assert (outcome.result["answer"], outcome.result["release"]) == ("ready", "1.4.0")


def test_a_slot_that_failed_before_is_started_anew(
    bring: Callable[..., Outcome], places: Places, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    units.states[BLUE] = "failed"
    monkeypatch.setattr(slot_health, "unit_state", lambda _: {"ActiveState": "active"})

    with HttpSlot(places.socket("blue"), answering(200, "ready")):
        outcome = bring("blue", "ready", release="1.4.0")

    assert outcome.changed
    assert units.commands == [f"reset-failed {BLUE}", f"start {BLUE}"]


def test_the_release_that_must_answer_is_the_one_in_the_slot(
    bring: Callable[..., Outcome], places: Places, units: Units
) -> None:
    units.states[BLUE] = "active"

    with HttpSlot(places.socket("blue"), answering(200, "ready", "1.3.0")):
        outcome = bring("blue", "ready", timeout=1)

    assert "answered by release 1.3.0, not 1.4.0" in outcome.message


def test_what_never_gets_ready_is_told_with_the_units_last_words(
    bring: Callable[..., Outcome], places: Places, units: Units
) -> None:
    units.states[BLUE] = "active"

    with HttpSlot(places.socket("blue"), answering(503, "no database")):
        outcome = bring("blue", "ready", timeout=1)

    assert outcome.failed
    assert outcome.message.splitlines() == [
        "slot blue: not ready within 1 s; /health/ready answered 503: no database",
        f"Last log lines of {BLUE}:",
        f"  {BLUE} wrote this",
    ]


def test_what_does_not_start_is_told_with_the_units_last_words(bring: Callable[..., Outcome], units: Units) -> None:
    units.failing = "start"

    outcome = bring("blue", "ready")

    assert outcome.message.splitlines() == [
        f"`systemctl start {BLUE}` failed: Job failed.",
        f"Last log lines of {BLUE}:",
        f"  {BLUE} wrote this",
    ]


def test_check_mode_starts_nothing(bring: Callable[..., Outcome], units: Units) -> None:
    assert bring("blue", "ready", check=True).changed
    assert units.commands == []
