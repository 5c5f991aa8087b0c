"""Which cases of the release tests a run plays."""

from __future__ import annotations

import pytest

from tests import turns


@pytest.fixture(autouse=True)
def _by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(turns.ALL, raising=False)


@pytest.mark.parametrize("parts", [1, 2, 3, 6])
def test_as_many_commits_as_there_are_parts_play_each_case_once(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = list(range(8))
    played: list[int] = []
    for commit in range(40, 40 + parts):
        monkeypatch.setattr(turns, "_commit", lambda commit=commit: commit)
        played += turns.in_turn(cases, parts)

    assert sorted(played) == cases


@pytest.mark.parametrize("parts", [2, 3, 5, 6])
def test_a_file_that_has_a_turn_itself_plays_each_case_once_in_as_many_of_its_turns(
    parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = list(range(8))
    played: list[int] = []
    for commit in range(40, 40 + turns.TURNS * parts, turns.TURNS):
        monkeypatch.setattr(turns, "_commit", lambda commit=commit: commit)
        played += turns.in_turn(cases, parts, of_a_share=True)

    assert sorted(played) == cases


def test_all_are_played_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(turns.ALL, "1")

    assert turns.in_turn(["a", "b", "c"], 3) == ["a", "b", "c"]


@pytest.mark.parametrize("own", range(turns.TURNS))
def test_a_file_has_its_turn_once_in_as_many_commits_as_there_are_turns(
    own: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = 0
    for commit in range(40, 40 + turns.TURNS):
        monkeypatch.setattr(turns, "_commit", lambda commit=commit: commit)
        played += turns.share(own).args == (False,)

    assert played == 1


def test_a_file_that_is_skipped_says_how_it_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_commit", lambda: 40)

    assert turns.share(1).kwargs == {"reason": "it is played in one of 6 commits; SLIPWAY_ALL_CASES=1 plays all"}


def test_without_git_the_first_are_played(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(turns, "ROOT", tmp_path)

    assert turns.in_turn(["a", "b", "c", "d"], 2) == ["a", "c"]
