"""The schema is contracted only when nothing runs that needs what goes, and every host knows of it before it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from library import contracted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units

Contract = Callable[..., "Outcome"]


def ship(places: Places, slot: str, version: str, ships: int, contracts: int | None) -> None:
    """Put a release into a slot that ships so many migrations."""
    places.stage(version)
    metadata = {"version": version, "schema": {"needs": 1, "ships": ships, "contracts": contracts}}
    (places.root / "releases" / version / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    places.put(slot, version)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def contract(run_module: Callable[..., Outcome], places: Places, state: Path, units: Units) -> Contract:
    """Contract the schema of 1.5.0, which is live in green; 1.4.0 was before it."""
    ship(places, "blue", "1.4.0", 8, None)
    ship(places, "green", "1.5.0", 9, 9)
    for number in range(20):
        places.lane(number).symlink_to(places.socket("green"))
    units.states["mailroom-web@green.service"] = "active"

    def run(wanted: str, *, check: bool = False) -> Outcome:
        arguments = {"app": "mailroom", "state": wanted, "folder": str(state)}
        arguments |= {"root": str(places.root), "runtime": str(places.runtime)}
        return run_module(contracted.main, arguments, check=check)

    return run


def record(state: Path) -> dict[str, object]:
    found = json.loads((state / "contracted.json").read_text(encoding="utf-8"))
    return {name: found[name] for name in ("release", "schema_least", "finished")}


def test_it_is_recorded_before_anything_goes(contract: Contract, state: Path, units: Units) -> None:
    outcome = contract("begun")

    assert (outcome.changed, outcome.result["step"], outcome.result["slot"]) == (True, 9, "green")
    assert record(state) == {"release": "1.5.0", "schema_least": 9, "finished": False}
    assert units.commands == []


def test_the_live_slots_steps_are_run_by_its_unit(contract: Contract, units: Units) -> None:
    contract("begun")

    assert contract("run").changed
    assert units.commands == ["start mailroom-contract@green.service"]


def test_that_they_ran_is_recorded_once(contract: Contract, state: Path) -> None:
    contract("begun")

    assert [contract("done").changed, contract("done").changed] == [True, False]
    assert record(state)["finished"] is True


def test_a_contract_that_is_run_again_keeps_what_is_recorded(contract: Contract, state: Path) -> None:
    contract("begun")
    contract("done")

    assert not contract("begun").changed
    assert record(state)["finished"] is True


def test_steps_that_fail_say_why_and_stay_recorded_as_unfinished(contract: Contract, state: Path, units: Units) -> None:
    contract("begun")
    units.failing = "start mailroom-contract"

    outcome = contract("run")

    assert outcome.failed
    assert "mailroom-contract@green.service wrote this" in outcome.message
    assert record(state)["finished"] is False


@pytest.mark.parametrize("kind", ["web", "worker"])
@pytest.mark.parametrize("wanted", ["begun", "run", "done"])
def test_it_is_refused_while_a_release_runs_that_may_need_what_goes(
    contract: Contract, state: Path, units: Units, wanted: str, kind: str
) -> None:
    units.states[f"mailroom-{kind}@blue.service"] = "active"

    outcome = contract(wanted)

    assert outcome.failed
    assert outcome.message.startswith(
        "1.4.0 still runs and may need what contract step 9 of 1.5.0 removes; nothing was"
    )
    assert not (state / "contracted.json").exists()
    assert units.commands == []


def test_it_is_refused_while_lanes_are_divided(contract: Contract, places: Places) -> None:
    places.lane(0).unlink()
    places.lane(0).symlink_to(places.socket("blue"))

    outcome = contract("begun")

    assert outcome.message == (
        "no release has every lane (blue has 1 of 20 lanes, green has 19 of 20 lanes), so none's steps can be run; "
        "nothing was changed. `make release` or `make rollback` ends what was begun"
    )


@pytest.mark.parametrize("wanted", ["begun", "run", "done"])
def test_a_release_without_steps_leaves_all_as_it_is(
    contract: Contract, places: Places, state: Path, units: Units, wanted: str
) -> None:
    ship(places, "spare", "1.5.1", 9, None)
    (places.root / "slots" / "spare").rename(places.root / "slots" / "green")

    outcome = contract(wanted)

    assert (outcome.changed, outcome.result["step"]) == (False, None)
    assert not state.exists()
    assert units.commands == []


@pytest.mark.parametrize("wanted", ["begun", "run", "done"])
def test_check_mode_says_what_would_be_and_does_nothing(
    contract: Contract, state: Path, units: Units, wanted: str
) -> None:
    assert contract(wanted, check=True).changed
    assert not state.exists()
    assert units.commands == []
