"""Bringing a slot to `stopped`: it is drained first, and stays stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import slot_health, slot_services

from tests.unit.library.http_slot import HttpSlot
from tests.unit.library.units import BLUE, BLUE_WORKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units


def test_what_does_not_run_is_not_stopped(bring: Callable[..., Outcome], units: Units) -> None:
    assert not bring("blue", "stopped").changed
    assert units.commands == []


def test_services_stop_together_with_the_socket_which_comes_back_empty(
    bring: Callable[..., Outcome], units: Units
) -> None:
    units.states |= {BLUE: "active", BLUE_WORKER: "active"}

    outcome = bring("blue", "stopped")

    assert outcome.changed
    assert outcome.result["left_in_flight"] == 0
    assert units.commands == [
        f"disable --quiet --no-reload {BLUE} {BLUE_WORKER}",
        f"stop {BLUE} {BLUE_WORKER} mailroom-web@blue.socket",
        "start mailroom-web@blue.socket",
    ]


def test_a_slot_that_is_emptied_holds_no_release_to_go_back_to(bring: Callable[..., Outcome], places: Places) -> None:
    places.put("blue", "1.4.0")
    link = places.root / "slots" / "blue"
    assert not bring("blue", "stopped").changed
    assert link.is_symlink()

    outcome = bring("blue", "stopped", empty=True)
    assert outcome.changed
    assert f"{BLUE_WORKER} wrote this" in outcome.result["last_words"]
    assert not link.is_symlink()
    assert not bring("blue", "stopped", empty=True).changed


@pytest.mark.parametrize("state", ["activating", "reloading", "deactivating"])
def test_what_is_between_states_is_stopped_too(bring: Callable[..., Outcome], units: Units, state: str) -> None:
    units.states[BLUE] = state

    assert bring("blue", "stopped").changed


def test_what_failed_counts_as_stopped_and_is_not_called_failed_any_more(
    bring: Callable[..., Outcome], units: Units
) -> None:
    units.states |= {BLUE_WORKER: "failed", "mailroom-migrate@blue.service": "failed"}

    assert bring("blue", "stopped").changed
    assert units.commands == [f"reset-failed {BLUE_WORKER} mailroom-migrate@blue.service"]


def test_an_application_without_a_worker_has_none_to_stop(bring: Callable[..., Outcome], units: Units) -> None:
    units.states |= {BLUE: "active", BLUE_WORKER: "active"}

    bring("blue", "stopped", worker=False)

    assert not any(BLUE_WORKER in command for command in units.commands)


def test_requests_in_flight_end_first(
    bring: Callable[..., Outcome], places: Places, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    units.states[BLUE] = "active"
    in_flight = iter([2, 1, 1, 0])
    monkeypatch.setattr(slot_services, "requests_in_flight", lambda *_: next(in_flight))

    outcome = bring("blue", "stopped")

    assert outcome.result["left_in_flight"] == 0
    assert next(in_flight, "none left") == "none left"
    del places


def test_a_request_that_never_ends_is_not_waited_for_longer_than_asked(
    bring: Callable[..., Outcome], places: Places, units: Units
) -> None:
    units.states[BLUE] = "active"
    begun, enough = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        begun.set()
        enough.wait()

    with HttpSlot(places.socket("blue"), hang):
        client = threading.Thread(
            target=slot_health.Probe(places.socket("blue"), "/slow", None).ask,
        )
        client.start()
        begun.wait()
        outcome = bring("blue", "stopped", drain_timeout=1)
        enough.set()
        client.join()

    assert outcome.result["left_in_flight"] == 1
    # Not told for how long, it waits 30 s.
    assert 1 <= outcome.result["seconds"] < 30


def test_nothing_is_waited_for_where_no_service_is_there_to_end_it(
    bring: Callable[..., Outcome], units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    units.states[BLUE] = "activating"
    monkeypatch.setattr(slot_services, "requests_in_flight", lambda *_: 1)

    outcome = bring("blue", "stopped", drain_timeout=60)

    assert outcome.result["left_in_flight"] == 1
    # It may wait 60 s.
    assert outcome.result["seconds"] < 30


def test_check_mode_stops_nothing(bring: Callable[..., Outcome], units: Units) -> None:
    units.states[BLUE] = "active"

    assert bring("blue", "stopped", check=True).changed
    assert units.commands == []
