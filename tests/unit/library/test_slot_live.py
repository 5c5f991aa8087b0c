"""Bringing a slot to `live` or `migrated`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.library.units import BLUE, BLUE_WORKER, GREEN, GREEN_WORKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
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
