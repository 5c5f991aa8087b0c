"""What was begun and not finished is noted beside the lock, and found by the next command."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import lock_claim, state_files
from ansible.module_utils.release_lock import StateFolder, check_and_beat, read_work, remove_work, write_work
from ansible.module_utils.slots import SlotError

from tests.unit.library.claims import THERE

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from tests.unit.library.claims import Claims

WORK = {"id": "r1", "kind": "release", "version": "1.4.0", "phase": "stage"}


def folder_of(claim: Claims) -> StateFolder:
    return StateFolder.named("mailroom", str(claim.folder))


def test_the_state_of_an_application_is_below_var_lib() -> None:
    assert str(StateFolder.named("mailroom").path) == "/var/lib/slipway/mailroom"


def test_work_is_noted_when_the_lock_is_taken_and_merged_when_it_is_renewed(claim: Claims) -> None:
    assert claim("taken", work=WORK).result["found"] is None
    assert claim("renewed", work={"phase": "cutover", "slot": "green"}).result["found"] == WORK
    assert claim.work() == {**WORK, "phase": "cutover", "slot": "green"}


def test_an_empty_work_leaves_what_is_noted(claim: Claims) -> None:
    claim("taken", work=WORK)

    assert claim("renewed").result["found"] == WORK
    assert claim.work() == WORK


def test_other_work_takes_the_place_of_what_was_noted(claim: Claims) -> None:
    claim("taken", work=WORK)
    claim("renewed", work={"id": "r2", "kind": "rollback"})

    assert claim.work() == {"id": "r2", "kind": "rollback"}


def test_the_word_none_forgets_the_work_and_keeps_the_lock(claim: Claims) -> None:
    claim("taken", work=WORK)
    claim("renewed", work="none")

    assert not claim.work()
    assert claim.lock()


def test_any_other_word_is_refused(claim: Claims) -> None:
    assert "work was 'nothing'; it may be a dictionary, or the word none" in claim("taken", work="nothing").message


def test_what_a_dead_process_left_is_found_by_who_takes_the_lock_next(claim: Claims) -> None:
    claim("taken", work=WORK)
    claim.age(400)

    assert claim("taken", "theirs", control=THERE).result["found"] == WORK
    assert claim.work() == WORK


def test_freeing_forgets_the_work_unless_told_to_keep_it(claim: Claims) -> None:
    claim("taken", work=WORK)
    claim("freed", keep_work=True)
    assert claim.work() == WORK

    claim("taken")
    claim("freed")
    assert not claim.work()


def test_who_lost_the_lock_cannot_change_the_work(claim: Claims) -> None:
    claim("taken", work=WORK)
    claim("taken", "theirs", control=THERE, break_lock=True)

    assert claim("renewed", work={"phase": "bake"}).failed
    assert claim("freed").failed
    assert claim.work() == WORK


def test_prometheus_is_told_when_work_begins_and_when_it_ends(claim: Claims) -> None:
    told = Path(claim.places["textfiles"]) / "slipway_mailroom.prom"
    told.parent.mkdir()
    claim("taken", work={**WORK, "since": 1000.5})
    assert 'slipway_work_since_seconds{app="mailroom",kind="release",phase="stage"} 1000.5' in told.read_text()

    claim("freed")
    assert 'slipway_work_since_seconds{app="mailroom",kind="none",phase="none"} 0' in told.read_text()


def test_a_step_of_the_holder_gives_a_sign_of_life(claim: Claims) -> None:
    claim("taken")
    claim.age(200)
    before = claim.lock()["beat"]
    check_and_beat(folder_of(claim), "ours")

    assert claim.lock()["beat"] > before + 199


def test_a_step_of_another_is_refused(claim: Claims) -> None:
    claim("taken")

    with pytest.raises(SlotError, match=r"the lock was taken from us by ann@laptop for release 1\.4\.0"):
        check_and_beat(folder_of(claim), "theirs")


@pytest.mark.parametrize("token", [None, ""])
def test_a_step_without_a_token_asks_for_no_lock(claim: Claims, token: str | None) -> None:
    claim("taken")
    before = claim.lock()
    check_and_beat(folder_of(claim), token)

    assert claim.lock() == before


def test_work_is_written_read_and_removed(tmp_path: Path) -> None:
    folder = StateFolder.named("mailroom", str(tmp_path / "state"))
    assert read_work(folder) is None

    write_work(folder, WORK)
    assert read_work(folder) == WORK

    remove_work(folder)
    remove_work(folder)
    assert read_work(folder) is None


def test_work_that_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = StateFolder.named("mailroom", str(tmp_path))
    folder.work.write_text("[]", encoding="utf-8")

    with pytest.raises(SlotError, match=f"work.json can't be read, it holds .*then take the file away: `rm {tmp_path}"):
        read_work(folder)


def test_on_a_full_disk_signs_of_life_and_work_are_still_written(
    claim: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim("taken", work=WORK)
    claim.age(200)
    before = claim.lock()["beat"]
    opened = os.open

    def no_new_file(path: Any, flags: int, mode: int = 0o777) -> int:  # noqa: ANN401
        if flags & os.O_CREAT and not os.path.exists(path):  # noqa: PTH110
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, flags, mode)

    monkeypatch.setattr(state_files.os, "open", no_new_file)

    assert claim("renewed", work={"phase": "flip_back"}).result["taken"]
    assert claim.lock()["beat"] > before + 199
    assert claim.work() == {**WORK, "phase": "flip_back"}
    assert claim("freed").changed


def race(path: str, barrier: Barrier, number: int, won: Any) -> None:  # noqa: ANN401
    """Take the lock at the same moment as the others; say who got it."""
    mine = lock_claim.Claim(f"token {number}", "ann", "laptop", "", frozenset(), "race", 300.0)
    barrier.wait()
    try:
        lock_claim.take(StateFolder.named("race", path), mine)
    except lock_claim.HeldError:
        return
    won.put(number)


@pytest.mark.parametrize("left_behind", [False, True], ids=["free", "expired"])
def test_of_many_processes_at_the_same_moment_exactly_one_gets_the_lock(tmp_path: Path, *, left_behind: bool) -> None:
    fork = multiprocessing.get_context("fork")
    for turn in range(5):
        folder = tmp_path / str(turn)
        if left_behind:
            dead = {"token": "dead", "since": 0.0, "beat": 0.0, "expires_after": 300.0}
            folder.mkdir()
            state_files.write_json(folder / "lock.json", dead)
        barrier, won = fork.Barrier(16), fork.SimpleQueue()
        racers = [fork.Process(target=race, args=(str(folder), barrier, n, won)) for n in range(16)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(30)
        winner = won.get()

        assert won.empty()
        assert state_files.read_json(folder / "lock.json")["token"] == f"token {winner}"
        assert [racer.exitcode for racer in racers] == [0] * 16
