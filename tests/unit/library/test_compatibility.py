"""Two releases share a queue and a schema: what can't is refused, with the safe form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import compatibility
from ansible.module_utils.slots import Application, SlotError

if TYPE_CHECKING:
    from pathlib import Path

NOON = 1_790_337_600  # 2026-09-25 12:00 UTC


def release(version: str, **schema: int | None) -> dict[str, Any]:
    return {"version": version, "schema": {"needs": 1, "ships": 1, "contracts": None, **schema}}


def jobs(version: str, reads: list[int], writes: int) -> dict[str, Any]:
    return {"version": version, "jobs": {"reads": reads, "writes": writes}}


def test_what_a_staged_release_says_of_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "releases" / "1.4.0").mkdir(parents=True)
    (tmp_path / "releases" / "1.4.0" / "metadata.json").write_text('{"version": "1.4.0"}', encoding="utf-8")

    assert compatibility.read_metadata(Application.named("mailroom", str(tmp_path)), "1.4.0") == {"version": "1.4.0"}


def test_a_release_that_is_not_staged_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SlotError, match=r"release 9\.9 says of itself can't be read from .*9\.9/metadata\.json .*No such"
    ):
        compatibility.read_metadata(Application.named("mailroom", str(tmp_path)), "9.9")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (jobs("1.4.0", [1], 1), jobs("1.5.0", [1], 1)),
        (jobs("1.4.0", [1], 1), jobs("1.5.0", [1, 2], 1)),
        (jobs("1.5.0", [1, 2], 1), jobs("1.6.0", [1, 2], 2)),
        (jobs("1.6.0", [1, 2], 2), jobs("1.7.0", [2], 2)),
        ({"version": "1.3.0"}, jobs("1.4.0", [1, 2], 1)),
        ({"version": "1.3.0", "jobs": None}, {"version": "1.4.0"}),
    ],
)
def test_releases_of_which_each_reads_what_the_other_writes_may_follow_each_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    compatibility.refuse_incompatible_jobs(old, new)


def test_a_format_that_the_old_release_cannot_read_is_refused_with_the_safe_form() -> None:
    with pytest.raises(SlotError) as refused:
        compatibility.refuse_incompatible_jobs(jobs("1.4.0", [1], 1), jobs("1.5.0", [1, 2], 2))

    assert str(refused.value) == (
        "1.5.0 queues jobs of format 2 and 1.4.0 reads only 1: after a flip-back what was queued would never be done. "
        "Nothing was changed. Ship the reading first: a release that reads formats 1 and 2 and writes 1, and after it "
        "the one that writes 2"
    )


def test_a_format_that_the_new_release_no_longer_reads_is_refused() -> None:
    with pytest.raises(SlotError) as refused:
        compatibility.refuse_incompatible_jobs(jobs("1.4.0", [1, 2], 1), jobs("1.5.0", [2, 3], 2))

    assert str(refused.value) == (
        "1.4.0 queues jobs of format 1 and 1.5.0 reads only 2 and 3: what is in the queue now would never be done. "
        "Nothing was changed. Let the new release go on reading format 1"
    )


def test_a_schema_that_was_never_contracted_allows_every_release(tmp_path: Path) -> None:
    assert compatibility.read_contracted(tmp_path) is None
    compatibility.refuse_rollback(tmp_path, release("0.1.0"))


def test_what_was_contracted_is_recorded_for_root_to_read(tmp_path: Path) -> None:
    live = release("1.5.0", ships=9, contracts=9)

    written = compatibility.write_contracted(tmp_path, live, finished=True, at=NOON)

    assert written == {"release": "1.5.0", "schema_least": 9, "at": NOON, "finished": True}
    assert compatibility.read_contracted(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == ["contracted.json"]


@pytest.mark.parametrize("ships", [9, 12])
def test_a_release_that_ships_the_contract_step_may_come_back(tmp_path: Path, ships: int) -> None:
    compatibility.write_contracted(tmp_path, release("1.5.0", ships=9, contracts=9), finished=True, at=NOON)

    compatibility.refuse_rollback(tmp_path, release("1.5.1", ships=ships))


def test_a_release_from_before_the_contract_step_is_refused_and_told_since_when(tmp_path: Path) -> None:
    compatibility.write_contracted(tmp_path, release("1.5.0", ships=9, contracts=9), finished=True, at=NOON)

    with pytest.raises(SlotError) as refused:
        compatibility.refuse_rollback(tmp_path, release("1.4.0", ships=8))

    assert str(refused.value) == (
        "the schema was contracted by 1.5.0 on 2026-09-25 12:00 UTC; 1.4.0 needs what the steps up to 9 removed (it "
        "knows the schema up to 8); nothing was changed. Release a mended version instead"
    )


def test_a_contract_that_was_cut_short_is_taken_for_done(tmp_path: Path) -> None:
    compatibility.write_contracted(tmp_path, release("1.5.0", ships=9, contracts=9), finished=False, at=NOON)

    with pytest.raises(
        SlotError, match=r"^1\.5\.0 began to contract the schema on .* and how far it got isn't known; "
    ):
        compatibility.refuse_rollback(tmp_path, release("1.4.0", ships=8))


def test_a_release_that_says_nothing_of_its_schema_does_not_come_back_to_a_contracted_one(tmp_path: Path) -> None:
    compatibility.write_contracted(tmp_path, release("1.5.0", ships=9, contracts=9), finished=True)

    with pytest.raises(SlotError, match=r"it knows the schema up to 0"):
        compatibility.refuse_rollback(tmp_path, {"version": "1.4.0"})


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"schema_least": "none"})])
def test_a_record_that_cannot_be_read_allows_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "contracted.json").write_text(content, encoding="utf-8")

    with pytest.raises(
        SlotError, match=r"contracted\.json can't be read .*isn't known which releases the schema still"
    ):
        compatibility.refuse_rollback(tmp_path, release("1.5.0"))


def test_a_release_without_contract_steps_has_nothing_to_contract() -> None:
    assert compatibility.refuse_contract(release("1.5.0", ships=9), [release("1.4.0", ships=8)]) is None


def test_the_schema_is_contracted_once_only_releases_run_that_ship_the_step() -> None:
    live = release("1.5.0", ships=9, contracts=9)

    assert compatibility.refuse_contract(live, [live, release("1.5.1", ships=9)]) == 9


def test_a_contract_is_refused_while_an_older_release_runs() -> None:
    live = release("1.5.0", ships=9, contracts=9)

    with pytest.raises(SlotError) as refused:
        compatibility.refuse_contract(live, [live, release("1.4.0", ships=8), release("1.4.0", ships=8)])

    assert str(refused.value) == (
        "1.4.0 still runs and may need what contract step 9 of 1.5.0 removes; nothing was changed. Stop its slot "
        "first, which gives up the rollback to it, or wait for the next release"
    )
