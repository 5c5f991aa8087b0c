"""One release at a time: who gets the lock, who is refused, and what is told to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.library.claims import HERE, THERE

if TYPE_CHECKING:
    from tests.unit.library.claims import Claims


def test_a_free_lock_is_taken_and_says_who_took_it_for_what(claim: Claims) -> None:
    done = claim("taken")

    assert (done.changed, done.result["taken"], done.result["broke"]) == (True, True, None)
    kept = [claim.lock()[name] for name in ("owner", "node", "process", "purpose", "expires_after")]
    assert kept == ["ann", "laptop", "boot-1:4711:99", "release 1.4.0", 300.0]


def test_what_is_live_comes_with_the_lock(claim: Claims) -> None:
    assert claim("taken").result["slots"]["idle"] == "blue"


def test_the_folder_and_the_lock_are_for_root_only(claim: Claims, generous_umask: None) -> None:
    del generous_umask
    claim("taken")

    assert claim.folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in claim.folder.iterdir()} == {0o600}


def test_a_second_caller_is_told_who_holds_it_since_when_and_what_to_do(claim: Claims) -> None:
    claim("taken")
    claim.age(200)

    refused = claim("taken", "theirs", control=THERE)

    assert (refused.failed, refused.result["held"]) == (True, True)
    assert "held by ann@laptop for release 1.4.0, since 20" in refused.message
    assert "UTC (3 min 20 s ago)" in refused.message
    assert "without another it expires in 1 min 40 s" in refused.message
    assert "`WAIT=10m`" in refused.message
    assert "`BREAK_LOCK=1`" in refused.message


def test_nobody_is_told_the_token(claim: Claims) -> None:
    claim("taken", "a-token-of-ours")
    refused = claim("taken", "theirs", control=THERE)
    broken = claim("taken", "theirs", control=THERE, break_lock=True)

    assert "a-token-of-ours" not in str(refused.result["holder"]) + refused.message + str(broken.result["broke"])


def test_taking_ones_own_lock_again_renews_it_and_keeps_since(claim: Claims) -> None:
    claim("taken")
    claim.age(200)
    before = claim.lock()
    again = claim("taken")

    assert again.result["taken"]
    assert again.result["broke"] is None
    assert claim.lock()["since"] == before["since"]
    assert claim.lock()["beat"] > before["beat"] + 199


def test_a_lock_without_a_sign_of_life_expires(claim: Claims) -> None:
    claim("taken")
    claim.age(301)
    done = claim("taken", "theirs", control=THERE)

    assert done.result["broke"]["why"] == "expired"
    assert done.result["broke"]["owner"] == "ann"
    assert claim.lock()["owner"] == "bob"


def test_a_sign_of_life_keeps_it_from_expiring(claim: Claims) -> None:
    claim("taken")
    claim.age(299)
    claim("renewed")

    assert claim("taken", "theirs", control=THERE).result["held"]


def test_a_lock_whose_process_died_on_the_same_node_is_taken_over_at_once(claim: Claims) -> None:
    claim("taken")
    after = {**HERE, "process": "boot-1:5000:120", "alive": ["1:5", "5000:120"]}

    assert claim("taken", "theirs", control=after).result["broke"]["why"] == "process is gone"


def test_a_process_number_that_was_given_anew_is_another_process(claim: Claims) -> None:
    claim("taken")
    after = {**HERE, "process": "boot-1:5000:120", "alive": ["1:5", "4711:110", "5000:120"]}

    assert claim("taken", "theirs", control=after).result["broke"]["why"] == "process is gone"


@pytest.mark.parametrize(
    "other",
    [THERE, {**HERE, "process": "boot-9:5000:120", "alive": []}, {**HERE, "process": "", "alive": []}],
    ids=["another node", "another boot or container", "a node that can't tell"],
)
def test_no_process_is_declared_dead_from_where_it_cannot_be_seen(claim: Claims, other: dict[str, object]) -> None:
    claim("taken")

    assert claim("taken", "theirs", control=other).result["held"]


def test_a_lock_that_is_broken_by_flag_is_told_with_its_holder(claim: Claims) -> None:
    claim("taken")
    done = claim("taken", "theirs", control=THERE, break_lock=True)

    assert (done.result["broke"]["why"], done.result["broke"]["owner"]) == ("broken by flag", "ann")


@pytest.mark.parametrize("step", ["renewed", "freed"])
def test_the_former_holder_is_refused_at_its_next_step(claim: Claims, step: str) -> None:
    claim("taken")
    claim("taken", "theirs", control=THERE, break_lock=True)
    refused = claim(step)

    assert refused.failed
    assert not refused.result["held"]
    assert "the lock was taken from us by bob@desk for release 1.4.0, since" in refused.message
    assert claim.lock()["owner"] == "bob"


def test_a_freed_lock_can_be_taken_by_another(claim: Claims) -> None:
    claim("taken")

    assert claim("freed").changed
    assert claim("taken", "theirs", control=THERE).result["broke"] is None


def test_freeing_what_nobody_holds_changes_nothing(claim: Claims) -> None:
    assert not claim("freed").changed
    assert not claim.folder.exists()


def test_renewing_what_nobody_holds_is_refused(claim: Claims) -> None:
    assert "nobody holds the lock on this host, though we took it" in claim("renewed").message


def test_a_lock_that_cannot_be_read_is_refused_with_its_path(claim: Claims) -> None:
    claim.change_lock()
    (claim.folder / "lock.json").write_text("{", encoding="utf-8")

    assert f"{claim.folder}/lock.json can't be read, it holds '{{'" in claim("taken").message
    assert claim("taken", break_lock=True).result["broke"]["why"] == "broken by flag"


def test_in_check_mode_nothing_is_taken(claim: Claims) -> None:
    assert claim("taken", check=True, work={"id": "1"}).result["taken"]
    assert claim("renewed", check=True).result["taken"]
    assert not claim.lock()
    assert not claim.work()


def test_in_check_mode_too_another_is_refused(claim: Claims) -> None:
    claim("taken")

    assert claim("taken", "theirs", control=THERE, check=True).result["held"]
