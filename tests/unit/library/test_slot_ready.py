"""Bringing a slot to `ready`: it is started, waited for, and heard when it fails."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import hold, slot_health
from ansible.module_utils.release_lock import StateFolder

from tests.unit.library.http_slot import HttpSlot, answering
from tests.unit.library.units import BLUE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the mark of a host that is held since its boot; systemd stands still."""
    monkeypatch.setattr(hold, "systemctl", lambda *said: subprocess.CompletedProcess(said, 0, "", ""))
    StateFolder(tmp_path / "state" / "mailroom").make()
    mark = tmp_path / "state" / "held"
    mark.touch()
    return mark


@pytest.mark.parametrize("serve", [True, False])
def test_a_held_host_takes_requests_again_only_where_either_version_is_right(
    bring: Callable[..., Outcome], places: Places, units: Units, held: Path, *, serve: bool
) -> None:
    units.states[BLUE] = "active"

    with HttpSlot(places.socket("blue"), answering(200, "ready")):
        outcome = bring("blue", "ready", folder=str(held.parent / "mailroom"), serve=serve)

    assert (outcome.changed, held.exists()) == (serve, not serve)


@pytest.mark.parametrize("check", [True, False])
def test_a_held_host_stays_held_until_the_slot_is_ready(
    bring: Callable[..., Outcome], places: Places, units: Units, held: Path, *, check: bool
) -> None:
    units.states[BLUE] = "active"

    with HttpSlot(places.socket("blue"), answering(503, "no database")):
        outcome = bring("blue", "ready", check=check, folder=str(held.parent / "mailroom"), serve=True, timeout=1)

    assert outcome.failed != check
    assert held.exists()
