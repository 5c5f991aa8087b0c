"""Bringing a slot to `live` or `migrated`, and finding the slot before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.library.units import BLUE, BLUE_WORKER, GREEN, GREEN_WORKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units


def test_the_slot_takes_over_from_the_other(bring: Callable[..., Outcome], units: Units) -> None:
    units.states |= {BLUE: "active", GREEN: "active", BLUE_WORKER: "active"}
    units.enabled |= {BLUE, BLUE_WORKER}

    assert bring("green", "live").changed
    assert units.commands == [
        f"enable --quiet --no-reload {GREEN} {GREEN_WORKER}",
        f"disable --quiet --no-reload {BLUE} {BLUE_WORKER}",
        f"start {GREEN_WORKER}",
        f"--no-block stop {BLUE_WORKER}",
    ]


def test_a_slot_that_is_live_already_stays_as_it_is(bring: Callable[..., Outcome], units: Units) -> None:
    units.states |= {BLUE: "active", GREEN: "active", GREEN_WORKER: "active"}
    units.enabled |= {GREEN, GREEN_WORKER}

    assert not bring("green", "live").changed
    assert units.commands == []


def test_the_other_slots_web_service_stays_warm(bring: Callable[..., Outcome], units: Units) -> None:
    units.states |= {BLUE: "active", GREEN: "active"}

    bring("green", "live")

    assert not any("stop" in command and BLUE in command for command in units.commands)


def test_an_application_without_a_worker_has_only_its_web_service(bring: Callable[..., Outcome], units: Units) -> None:
    bring("green", "live", worker=False)

    assert units.commands == [f"enable --quiet --no-reload {GREEN}"]


def test_check_mode_changes_nothing(bring: Callable[..., Outcome], units: Units) -> None:
    assert bring("green", "live", check=True).changed
    assert units.commands == []


def test_the_migrate_unit_is_run_to_its_end(bring: Callable[..., Outcome], units: Units) -> None:
    assert bring("green", "migrated").changed
    assert units.commands == ["start mailroom-migrate@green.service"]


def test_a_bad_migration_is_told_with_its_last_words(bring: Callable[..., Outcome], units: Units) -> None:
    units.failing = "start"

    assert "  mailroom-migrate@green.service wrote this" in bring("green", "migrated").message


def test_check_mode_migrates_nothing(bring: Callable[..., Outcome], units: Units) -> None:
    bring("green", "migrated", check=True)

    assert units.commands == []


def test_it_is_the_one_that_is_not_live(bring: Callable[..., Outcome], places: Places) -> None:
    places.put("blue", "1.3.0")
    places.put("green", "1.4.0")
    for number in range(20):
        places.lane(number).symlink_to(places.socket("green"))

    outcome = bring("before", "ready", check=True)

    assert (outcome.result["slot"], outcome.result["release"]) == ("blue", "1.3.0")


@pytest.mark.usefixtures("units")
def test_a_host_without_one_is_refused(bring: Callable[..., Outcome], places: Places) -> None:
    places.put("blue", "1.3.0")
    for number in range(20):
        places.lane(number).symlink_to(places.socket("blue"))

    outcome = bring("before", "ready")

    assert outcome.failed
    assert outcome.message == (
        "there is no release before the live one to roll back to (blue: 1.3.0, green: empty); "
        "release another version instead"
    )
