"""All that an app host knows of an application comes in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import ledger
from ansible.module_utils.release_lock import StateFolder

from library import app_info
from tests.unit.library.entries import entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.claims import Claims
    from tests.unit.library.conftest import Outcome


@pytest.fixture
def look(claim: Claims, run_module: Callable[..., Outcome]) -> Callable[..., Outcome]:
    def run(limit: int = 5) -> Outcome:
        where = {name: claim.places[name] for name in ("root", "runtime")}
        return run_module(app_info.main, {"app": "mailroom", "limit": limit, "folder": str(claim.folder), **where})

    return run


def test_a_fresh_host_has_no_lock_no_work_and_no_entries(look: Callable[..., Outcome], claim: Claims) -> None:
    told = look().result

    assert (told["lock"], told["work"], told["entries"], told["unreadable"]) == (None, None, [], [])
    assert told["slots"]["idle"] == "blue"
    assert not claim.folder.exists()


def test_lock_work_and_last_entries_are_told_and_the_token_is_not(look: Callable[..., Outcome], claim: Claims) -> None:
    claim("taken", "a-token-of-ours", work={"id": "r9", "kind": "release"})
    for number in range(3):
        ledger.append(StateFolder(claim.folder), entry(number))
    told = look(2)

    assert told.result["lock"]["owner"] == "ann"
    assert told.result["work"] == {"id": "r9", "kind": "release"}
    assert [kept["id"] for kept in told.result["entries"]] == ["r2", "r1"]
    assert "a-token-of-ours" not in str(told.result)
    assert len(look(0).result["entries"]) == 3


def test_a_file_that_cannot_be_read_is_told_beside_the_rest(look: Callable[..., Outcome], claim: Claims) -> None:
    claim("taken", work={"id": "r9"})
    (claim.folder / "lock.json").write_text("{", encoding="utf-8")
    told = look().result

    assert "lock.json can't be read" in told["unreadable"][0]
    assert told["work"] == {"id": "r9"}
