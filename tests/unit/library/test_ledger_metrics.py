"""What Prometheus is told of releases, through the node exporter."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils.ledger import append, write_textfile
from ansible.module_utils.release_lock import StateFolder, remove_work, write_work
from ansible.module_utils.release_metrics import KINDS, VERDICTS, seconds_to_recover
from ansible.module_utils.slots import Application

from tests.promtool import promtool
from tests.unit.library.entries import MORNING, entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.library.conftest import Places


class Told:
    """The textfile of the test's application."""

    def __init__(self, places: Places, tmp_path: Path) -> None:
        """Make the folder that the node exporter reads."""
        self.places = places
        self.folder = StateFolder.named("mailroom", str(tmp_path / "state"))
        self.directory = tmp_path / "textfiles"
        self.directory.mkdir()
        self.file = self.directory / "slipway_mailroom.prom"

    def write(self, *, anew: bool = False) -> str | None:
        """Write it; return why that failed."""
        app = Application.named("mailroom", str(self.places.root), str(self.places.runtime))
        why: str | None = write_textfile(self.folder, app, str(self.directory), anew=anew)
        return why

    def samples(self, metric: str) -> dict[str, float]:
        """The metric's values by their labels."""
        lines = [line for line in self.file.read_text(encoding="utf-8").splitlines() if line.startswith(f"{metric}{{")]
        return {line.partition("{")[2].rpartition("}")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.fixture
def told(places: Places, tmp_path: Path) -> Told:
    return Told(places, tmp_path)


def test_every_kind_and_verdict_is_told_from_the_start_as_zero(told: Told) -> None:
    told.write()

    assert set(told.samples("slipway_releases_total").values()) == {0}
    assert len(told.samples("slipway_releases_total")) == len(KINDS) * len(VERDICTS)
    assert set(told.samples("slipway_probe_requests_total").values()) == {0}


def test_entries_are_counted_by_kind_and_verdict(told: Told) -> None:
    for number, verdict in enumerate(["succeeded", "succeeded", "failed"]):
        append(told.folder, entry(number, verdict=verdict))
    told.write(anew=True)

    counted = told.samples("slipway_releases_total")
    assert counted['app="mailroom",kind="release",verdict="succeeded"'] == 2
    assert counted['app="mailroom",kind="release",verdict="failed"'] == 1
    assert sum(counted.values()) == 3
    last = told.samples("slipway_release_last_timestamp_seconds")
    assert last['app="mailroom",kind="release",verdict="failed"'] == MORNING + 7210


def test_phases_lead_time_and_probes_are_told(told: Told) -> None:
    probe = {"sent": 200, "failed": 1, "slowest_ms": 31.5}
    append(told.folder, entry(0, probe=probe, built=MORNING - 600, phases={"stage": 2.5, "bake": 60}))
    append(told.folder, entry(1, kind="rollback", probe=probe))
    told.write(anew=True)

    assert told.samples("slipway_release_seconds") == {
        'app="mailroom",phase="stage"': 2.5,
        'app="mailroom",phase="bake"': 60,
    }
    assert told.samples("slipway_release_lead_seconds") == {'app="mailroom"': 610}
    assert told.samples("slipway_probe_requests_total") == {
        'app="mailroom",result="sent"': 400,
        'app="mailroom",result="failed"': 2,
    }


def test_lanes_slots_and_unfinished_work_are_told(told: Told) -> None:
    for number in range(20):
        told.places.lane(number).symlink_to(told.places.socket("blue" if number < 19 else "green"))
    told.places.put("blue", "1.0.0")
    told.places.put("green", "1.1.0")
    write_work(told.folder, {"id": "r", "kind": "release", "phase": "gate", "since": 1000.5})
    told.write()

    assert told.samples("slipway_lanes") == {'app="mailroom",slot="blue"': 19, 'app="mailroom",slot="green"': 1}
    assert told.samples("slipway_release_info") == {
        'app="mailroom",slot="blue",version="1.0.0",live="false"': 1,
        'app="mailroom",slot="green",version="1.1.0",live="false"': 1,
    }
    assert told.samples("slipway_work_since_seconds") == {'app="mailroom",kind="release",phase="gate"': 1000.5}


def test_what_is_told_of_lanes_follows_them_without_reading_the_ledger_again(told: Told) -> None:
    append(told.folder, entry(0))
    told.write(anew=True)
    told.folder.ledger.unlink()
    for number in range(20):
        told.places.lane(number).symlink_to(told.places.socket("green"))
    told.places.put("green", "1.1.0")
    told.write()

    assert told.samples("slipway_release_info") == {'app="mailroom",slot="green",version="1.1.0",live="true"': 1}
    assert sum(told.samples("slipway_releases_total").values()) == 1


def test_when_nothing_is_unfinished_its_start_is_zero(told: Told) -> None:
    write_work(told.folder, {"id": "r", "kind": "release", "phase": "gate", "since": 1000.5})
    remove_work(told.folder)
    told.write()

    assert told.samples("slipway_work_since_seconds") == {'app="mailroom",kind="none",phase="none"': 0}


def test_the_node_exporter_may_read_it_and_sees_no_half_of_it(told: Told) -> None:
    before = os.umask(0o077)
    told.write()
    os.umask(before)

    assert stat.S_IMODE(told.file.stat().st_mode) == 0o644
    assert [file.name for file in told.directory.iterdir()] == ["slipway_mailroom.prom"]


def test_where_there_is_no_node_exporter_nothing_is_written(told: Told) -> None:
    told.directory.rmdir()

    assert told.write(anew=True) is None


def test_a_file_that_cannot_be_written_fails_nothing_and_says_why(told: Told) -> None:
    told.file.mkdir()

    assert "slipway_mailroom.prom stays as it was: " in str(told.write())


def test_unfinished_work_that_cannot_be_read_fails_nothing(told: Told) -> None:
    told.folder.make()
    told.folder.work.write_text("{", encoding="utf-8")

    assert "work.json can't be read" in str(told.write())


def test_after_lanes_moved_it_takes_less_than_five_milliseconds(told: Told) -> None:
    for number in range(500):
        append_fast(told.folder, number)
    told.write(anew=True)
    took = []
    for _ in range(20):
        started = time.perf_counter()
        told.write()
        took.append(time.perf_counter() - started)

    # The least: this machine may have other things to do.
    assert min(took) < 0.005


def append_fast(folder: StateFolder, number: int) -> None:
    """Append without the search for the same id, which takes its time in a loop."""
    append(StateFolder(folder.path / "scratch"), entry(number))
    (folder.path / "scratch/ledger.jsonl").rename(folder.path / "one")
    with folder.ledger.open("ab") as file:
        file.write((folder.path / "one").read_bytes())


FAILED = {"kind": "release", "verdict": "failed"}


@pytest.mark.parametrize(
    ("entries", "seconds"),
    [
        ([entry(0)], None),
        ([entry(0), entry(1, **FAILED, phases={"stage": 3})], None),
        ([entry(0), entry(1, **FAILED, phases={"cutover": 3, "flip_back": 0.4})], 0.4),
        ([entry(0), entry(1, **FAILED, phases={"cutover": 3}, missing=["app-2"])], None),
        ([entry(0), entry(1, **FAILED, phases={"cutover": 3}, missing=["app-2"]), entry(2, kind="flip_back")], 3600),
        ([entry(0), entry(1), entry(2, kind="rollback")], 3600),
        ([entry(0), entry(1), entry(2, kind="rollback"), entry(3)], 3600),
    ],
    ids=[
        "all is well",
        "failed before any lane moved",
        "flipped back by itself",
        "still bad",
        "put right by the next command",
        "rolled back",
        "rolled back, and released again",
    ],
)
def test_recovery_is_the_time_from_bad_to_good_again(entries: list[dict[str, object]], seconds: float | None) -> None:
    assert seconds_to_recover(entries) == seconds


def test_promtool_finds_nothing_to_say_about_it(told: Told) -> None:
    append(told.folder, entry(0, version='1.0"\\', phases={"stage": 1.25}, built=MORNING))
    told.places.put("blue", '1.0"\\')
    told.write(anew=True)

    text = told.file.read_text(encoding="utf-8")
    assert promtool("check", "metrics", told=text) == (0, "")
