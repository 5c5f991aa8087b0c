"""What is live, what is idle, and where a rollback goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import slots_state
from ansible.module_utils.slots import Application

from library import slots_info
from tests.unit.library.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places


@pytest.fixture
def app(places: Places) -> Application:
    return Application.named("mailroom", str(places.root), str(places.runtime))


@pytest.fixture(autouse=True)
def systemd(monkeypatch: pytest.MonkeyPatch) -> Units:
    """A double of systemd, which isn't here."""
    double = Units()
    monkeypatch.setattr(slots_state, "unit_states", double.all_states)
    monkeypatch.setattr(slots_state, "enabled_units", double.are_enabled)
    return double


def lay_lanes(places: Places, blue: int, green: int) -> None:
    """Point so many lanes at each slot."""
    for number, slot in enumerate(["blue"] * blue + ["green"] * green):
        places.lane(number).symlink_to(places.socket(slot))


def picked(state: dict[str, Any]) -> tuple[str | None, str | None, str | None, bool]:
    """Return live, idle, back and divided."""
    return state["live"], state["idle"], state["back"], state["divided"]


def test_on_a_fresh_host_the_first_release_goes_to_blue(app: Application) -> None:
    assert picked(slots_state.describe(app)) == (None, "blue", None, False)


def test_after_the_first_release_there_is_nothing_to_go_back_to(app: Application, places: Places) -> None:
    places.put("blue", "1.0")
    lay_lanes(places, 20, 0)

    assert picked(slots_state.describe(app)) == ("blue", "green", None, False)


def test_a_rollback_goes_to_the_slot_that_is_not_live(app: Application, places: Places) -> None:
    places.put("blue", "1.0")
    places.put("green", "1.1")
    lay_lanes(places, 0, 20)

    assert picked(slots_state.describe(app)) == ("green", "blue", "blue", False)


def test_while_lanes_are_divided_a_rollback_goes_to_the_slot_that_starts_with_the_host(
    app: Application, places: Places, systemd: Units
) -> None:
    places.put("blue", "1.0")
    places.put("green", "1.1")
    lay_lanes(places, 15, 5)
    systemd.enabled.add("mailroom-web@blue.service")

    assert picked(slots_state.describe(app)) == (None, None, "blue", True)


def test_a_lane_that_points_nowhere_divides_too(app: Application, places: Places) -> None:
    lay_lanes(places, 19, 0)

    assert slots_state.describe(app)["divided"]


def test_each_slot_tells_its_release_its_lanes_and_its_units(app: Application, places: Places, systemd: Units) -> None:
    places.put("green", "1.1")
    lay_lanes(places, 0, 20)
    systemd.enabled.add("mailroom-web@green.service")
    systemd.states["mailroom-web@green.service"] = "active"

    assert slots_state.describe(app)["slots"] == {
        "blue": {
            "release": None,
            "lanes": 0,
            "web": "inactive",
            "worker": "inactive",
            "enabled": False,
            "in_flight": 0,
        },
        "green": {
            "release": "1.1",
            "lanes": 20,
            "web": "active",
            "worker": "inactive",
            "enabled": True,
            "in_flight": 0,
        },
    }


def test_releases_are_told_newest_first_with_their_checksums(app: Application, places: Places) -> None:
    for age, version in enumerate(["1.0", "1.10", "1.9"]):
        places.stage(version, sha256=version * 2)
        os.utime(places.root / "releases" / version / ".complete", (age, age))

    assert slots_state.staged_releases(app) == [
        {"version": "1.9", "sha256": "1.91.9"},
        {"version": "1.10", "sha256": "1.101.10"},
        {"version": "1.0", "sha256": "1.01.0"},
    ]


def test_a_release_whose_staging_was_interrupted_does_not_count(app: Application, places: Places) -> None:
    (places.root / "releases" / "1.0").mkdir()

    assert slots_state.staged_releases(app) == []


@pytest.mark.parametrize("check", [False, True])
def test_the_module_tells_it_all_and_changes_nothing(
    run_module: Callable[..., Outcome], places: Places, *, check: bool
) -> None:
    lay_lanes(places, 20, 0)
    arguments = {"app": "mailroom", "root": str(places.root), "runtime": str(places.runtime)}

    outcome = run_module(slots_info.main, arguments, check=check)

    assert not outcome.changed
    assert outcome.result["live"] == "blue"
    assert set(outcome.result["slots"]) == {"blue", "green"}
