"""The module `rollback`: lanes, worker, ledger and lock in one round trip, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils.ledger import append, read
from ansible.module_utils.release_lock import StateFolder, read_lock, read_work, write_work
from ansible.module_utils.state_files import write_json

from library import rollback
from tests.unit.library.http_slot import HttpSlot, answering
from tests.unit.library.units import BLUE, BLUE_WORKER, GREEN, GREEN_WORKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units

ENTRY = {"id": "r1", "kind": "rollback", "version": "1.3.0", "before": "1.4.0", "by": "ann", "from": "laptop"}
TIMES = {"started": 100.0, "finished": 0.0, "verdict": "succeeded"}


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    """The lock is ours."""
    folder = StateFolder(tmp_path / "state")
    folder.make()
    write_json(folder.lock, {"token": "ours", "owner": "ann", "node": "laptop", "since": 1.0, "beat": 1.0})
    return folder


@pytest.fixture
def back(
    run_module: Callable[..., Outcome], places: Places, state: StateFolder, units: Units
) -> Iterator[Callable[..., Outcome]]:
    """Go back to 1.3.0 in blue from 1.4.0 in green, where all lanes are."""
    for slot, version in (("blue", "1.3.0"), ("green", "1.4.0")):
        places.stage(version)
        metadata = json.dumps({"version": version, "schema": {"needs": 1, "ships": 1, "contracts": None}})
        (places.root / "releases" / version / "metadata.json").write_text(metadata, encoding="utf-8")
        places.put(slot, version)
    for number in range(20):
        places.lane(number).symlink_to(places.socket("green"))
    units.states |= {BLUE: "active", GREEN: "active", GREEN_WORKER: "active"}
    units.enabled |= {GREEN, GREEN_WORKER}

    def run(lock: str = "ours", *, check: bool = False) -> Outcome:
        arguments = {"app": "mailroom", "slot": "blue", "lock": lock, "entry": ENTRY | TIMES, "timeout": 1}
        arguments |= {"root": str(places.root), "runtime": str(places.runtime), "folder": str(state.path)}
        return run_module(rollback.main, arguments, check=check)

    with HttpSlot(places.socket("blue"), answering(200, "ok", "1.3.0")):
        yield run


def test_every_lane_goes_back_and_the_worker_too(back: Callable[..., Outcome], places: Places, units: Units) -> None:
    outcome = back()

    assert (outcome.result["release"], len(outcome.result["moved"])) == ("1.3.0", 20)
    assert places.slots_of_lanes() == ["blue"] * 20
    assert f"start {BLUE_WORKER}" in units.commands
    assert f"--no-block stop {GREEN_WORKER}" in units.commands


def test_it_is_written_down_and_the_lock_is_free(back: Callable[..., Outcome], state: StateFolder) -> None:
    back()
    (entry,), _ = read(state)

    assert (entry["id"], entry["verdict"]) == ("r1", "succeeded")
    assert entry["finished"] > entry["started"]
    assert (read_lock(state), read_work(state)) == (None, None)


def test_a_lock_that_is_anothers_by_now_moves_nothing(back: Callable[..., Outcome], places: Places) -> None:
    outcome = back("theirs")

    assert outcome.failed
    assert "the lock was taken from us by ann@laptop" in outcome.message
    assert places.slots_of_lanes() == ["green"] * 20


def test_a_schema_that_forbids_it_moves_nothing(
    back: Callable[..., Outcome], places: Places, state: StateFolder
) -> None:
    write_json(state.path / "contracted.json", {"release": "1.4.0", "schema_least": 2, "at": 0, "finished": True})
    outcome = back()

    assert outcome.failed
    assert "the schema was contracted by 1.4.0 on 1970-01-01 00:00 UTC; 1.3.0 needs" in outcome.message
    assert places.slots_of_lanes() == ["green"] * 20
    assert read_work(state) is None


def test_check_mode_moves_and_writes_nothing(back: Callable[..., Outcome], places: Places, state: StateFolder) -> None:
    outcome = back(check=True)

    assert outcome.changed
    assert places.slots_of_lanes() == ["green"] * 20
    assert read_lock(state) is not None


def test_a_slot_that_can_not_serve_moves_nothing_and_leaves_what_was_noted(
    back: Callable[..., Outcome], places: Places, state: StateFolder, units: Units
) -> None:
    units.states[BLUE] = "failed"
    assert back().failed
    assert read_work(state) is None, "nothing has to go back there first"
    write_work(state, {"id": "r0", "kind": "release", "version": "1.4.0", "before": "1.3.0"})
    assert back().failed

    assert places.slots_of_lanes() == ["green"] * 20
    work = read_work(state)
    assert work is not None
    assert (work["id"], work["kind"]) == ("r0", "release")


def test_unfinished_work_is_written_down_as_cut_off_and_forgotten(
    back: Callable[..., Outcome], state: StateFolder
) -> None:
    work = {"kind": "release", "version": "1.4.0", "before": "1.3.0", "phase": "bake", "by": "bob on ci", "since": 50.0}
    write_work(state, {"id": "r0", **work})
    back()

    assert read_work(state) is None
    (own, other), _ = read(state)
    assert own["id"] == "r1"
    assert (other["id"], other["verdict"], other["by"], other["from"]) == ("r0", "cut_off", "bob", "ci")
    assert (other["version"], other["before"], other["started"]) == ("1.4.0", "1.3.0", 50.0)
    assert "phase bake" in other["reason"]


def test_work_that_was_left_on_purpose_was_not_cut_off(back: Callable[..., Outcome], state: StateFolder) -> None:
    split = {"id": "r0", "kind": "split", "version": "1.4.0", "before": "1.3.0"}
    append(state, {**split, "verdict": "succeeded", "started": 50.0, "finished": 60.0})
    write_work(state, {**split, "phase": "finish"})
    back()

    assert [(entry["id"], entry["verdict"]) for entry in read(state)[0]] == [("r1", "succeeded"), ("r0", "succeeded")]
