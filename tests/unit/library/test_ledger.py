"""The ledger: what is written stays, once, and is told newest first."""

from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import ledger as record
from ansible.module_utils.release_lock import StateFolder

from library import ledger
from tests.unit.library.entries import entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder.named("mailroom", str(tmp_path / "state"))


@pytest.fixture
def run(
    run_module: Callable[..., Outcome], folder: StateFolder, places: Places, tmp_path: Path
) -> Callable[..., Outcome]:
    (tmp_path / "textfiles").mkdir()

    def keep(state: str, *, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        where = {"folder": str(folder.path), "root": str(places.root), "textfiles": str(tmp_path / "textfiles")}
        return run_module(ledger.main, {"app": "mailroom", "state": state, **where, **more}, check=check)

    return keep


def test_an_entry_is_kept_with_every_key_that_an_entry_has(run: Callable[..., Outcome]) -> None:
    assert run("appended", entry=entry(1)).changed

    kept = run("read").result["entries"]
    assert kept == [{**record.BLANK, **entry(1)}]


def test_entries_are_read_newest_first_and_as_many_as_asked_for(run: Callable[..., Outcome]) -> None:
    for number in range(5):
        run("appended", entry=entry(number))

    assert [kept["id"] for kept in run("read", limit=2).result["entries"]] == ["r4", "r3"]
    assert len(run("read", limit=0).result["entries"]) == 5


def test_appending_an_entry_that_is_there_changes_nothing(run: Callable[..., Outcome], folder: StateFolder) -> None:
    run("appended", entry=entry(1))
    before = folder.ledger.read_bytes()

    assert not run("appended", entry=entry(1, reason="told twice")).changed
    assert folder.ledger.read_bytes() == before


def test_an_id_that_only_stands_in_a_reason_is_another_entry(run: Callable[..., Outcome]) -> None:
    run("appended", entry=entry(1, reason='after "r2" failed', before="r2"))

    assert run("appended", entry=entry(2)).changed


def test_a_line_that_a_power_cut_tore_hides_nothing(run: Callable[..., Outcome], folder: StateFolder) -> None:
    run("appended", entry=entry(1))
    run("appended", entry=entry(2))
    folder.ledger.write_bytes(folder.ledger.read_bytes()[:-40])
    run("appended", entry=entry(3))

    told = run("read").result
    assert [kept["id"] for kept in told["entries"]] == ["r3", "r1"]
    assert told["torn"] == 1


def test_an_entry_that_was_torn_can_be_written_again(run: Callable[..., Outcome], folder: StateFolder) -> None:
    run("appended", entry=entry(1))
    folder.ledger.write_bytes(folder.ledger.read_bytes()[:-40])

    assert run("appended", entry=entry(1)).changed
    assert [kept["id"] for kept in run("read").result["entries"]] == ["r1"]


def test_a_last_line_that_lacks_only_its_end_is_an_entry(run: Callable[..., Outcome], folder: StateFolder) -> None:
    run("appended", entry=entry(1))
    folder.ledger.write_bytes(folder.ledger.read_bytes()[:-1])
    run("appended", entry=entry(2))

    assert [kept["id"] for kept in run("read").result["entries"]] == ["r2", "r1"]


def test_keys_that_a_later_slipway_wrote_are_told_too(run: Callable[..., Outcome], folder: StateFolder) -> None:
    folder.make()
    folder.ledger.write_text(json.dumps({**entry(1), "colour": "green"}) + "\n", encoding="utf-8")

    assert run("read").result["entries"][0]["colour"] == "green"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "deploy"}, "an entry's kind was 'deploy'; it may be release, rollback, flip_back, split, contract"),
        ({"verdict": "ok"}, "an entry's verdict was 'ok'; it may be succeeded, failed, refused"),
        ({"id": ""}, "an entry of the ledger needs an id, the same on every host"),
        ({"started": None}, "an entry needs started and finished, in seconds since the epoch"),
        ({"colour": "green"}, "an entry of the ledger has no colour; it has id, kind, version"),
    ],
)
def test_what_is_no_entry_is_refused(
    run: Callable[..., Outcome], folder: StateFolder, wrong: dict[str, Any], message: str
) -> None:
    assert message in run("appended", entry={**entry(1), **wrong}).message
    assert not folder.ledger.exists()


def test_when_the_commit_was_made_comes_from_the_release(run: Callable[..., Outcome], places: Places) -> None:
    places.stage("1.1.0")
    told = places.root / "releases/1.1.0/metadata.json"
    told.write_text('{"built": "2026-03-01T12:00:00Z"}', encoding="utf-8")
    run("appended", entry=entry(1))

    assert run("read").result["entries"][0]["built"] == 1772366400.0


@pytest.mark.parametrize("metadata", [None, "{", "{}", '{"built": null}', '{"built": "yesterday"}'])
def test_a_release_that_does_not_say_is_kept_without_it(
    run: Callable[..., Outcome], places: Places, metadata: str | None
) -> None:
    places.stage("1.1.0")
    if metadata is not None:
        (places.root / "releases/1.1.0/metadata.json").write_text(metadata, encoding="utf-8")

    assert run("appended", entry=entry(1)).changed
    assert run("read").result["entries"][0]["built"] is None


def test_in_check_mode_nothing_is_kept(run: Callable[..., Outcome], folder: StateFolder, tmp_path: Path) -> None:
    assert run("appended", entry=entry(1), check=True).changed
    assert not folder.ledger.exists()
    assert list((tmp_path / "textfiles").iterdir()) == []


def test_an_empty_ledger_tells_no_entries(run: Callable[..., Outcome]) -> None:
    assert run("read").result["entries"] == []


def append_some(path: str, first: int) -> None:
    """Append ten entries, and one that all processes append."""
    for number in range(first, first + 10):
        record.append(StateFolder.named("race", path), entry(number))
    record.append(StateFolder.named("race", path), entry(999))


def test_entries_of_many_processes_are_neither_lost_nor_doubled(folder: StateFolder) -> None:
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=append_some, args=(str(folder.path), 10 * number)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)

    entries, torn = record.read(folder)
    assert sorted(kept["id"] for kept in entries) == sorted([*(f"r{number}" for number in range(80)), "r999"])
    assert torn == 0
