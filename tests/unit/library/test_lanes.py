"""The module `lanes` points lanes at slots, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places


pytestmark = pytest.mark.usefixtures("listeners")


def test_a_fresh_host_gets_all_twenty_lanes(move: Callable[..., Outcome], places: Places) -> None:
    outcome = move("blue")

    assert outcome.changed
    assert places.slots_of_lanes() == ["blue"] * 20
    assert outcome.result["lanes"] == {"blue": 20, "green": 0}
    assert outcome.result["moved"] == list(range(20))


def test_the_folder_of_the_lanes_is_made_where_it_is_missing(move: Callable[..., Outcome], places: Places) -> None:
    (places.root / "lanes").rmdir()

    move("blue")

    assert places.slots_of_lanes() == ["blue"] * 20


def test_lanes_that_never_were_follow_the_first_ones(move: Callable[..., Outcome], places: Places) -> None:
    outcome = move("green", 1)

    assert places.slots_of_lanes() == ["green"] * 20
    assert outcome.result["lanes"] == {"blue": 0, "green": 20}


@pytest.mark.parametrize("count", [1, 5, 20])
def test_as_many_lanes_move_as_were_asked_for(move: Callable[..., Outcome], places: Places, count: int) -> None:
    move("blue")

    outcome = move("green", count)

    assert places.slots_of_lanes() == ["green"] * count + ["blue"] * (20 - count)
    assert outcome.result["moved"] == list(range(count))
    assert outcome.result["lanes"] == {"blue": 20 - count, "green": count}


def test_a_next_step_moves_only_what_has_not_moved(move: Callable[..., Outcome]) -> None:
    move("blue")
    move("green", 5)

    assert move("green", 20).result["moved"] == list(range(5, 20))


@pytest.mark.parametrize("count", [1, 5, 20])
def test_every_lane_comes_back(move: Callable[..., Outcome], places: Places, count: int) -> None:
    move("blue")
    move("green", count)

    outcome = move("blue")

    assert places.slots_of_lanes() == ["blue"] * 20
    assert outcome.result["moved"] == list(range(count))


def identity(link: Path) -> tuple[int, int]:
    """What a link that is made again doesn't keep. Its access time changes whenever it's read."""
    found = link.lstat()
    return found.st_ino, found.st_ctime_ns


@pytest.mark.parametrize("count", [1, 5, 20])
def test_a_second_run_changes_nothing(move: Callable[..., Outcome], places: Places, count: int) -> None:
    move("blue")
    move("green", count)
    links = [identity(places.lane(number)) for number in range(20)]

    outcome = move("green", count)

    assert not outcome.changed
    assert outcome.result["moved"] == []
    assert outcome.result["flip_ms"] == 0
    assert [identity(places.lane(number)) for number in range(20)] == links


def test_check_mode_says_what_would_move_and_moves_nothing(move: Callable[..., Outcome], places: Places) -> None:
    move("blue")

    outcome = move("green", 3, check=True)

    assert outcome.changed
    assert outcome.result["moved"] == [0, 1, 2]
    assert outcome.result["lanes"] == {"blue": 17, "green": 3}
    assert places.slots_of_lanes() == ["blue"] * 20


def test_the_diff_names_the_slot_of_each_lane_before_and_after(move: Callable[..., Outcome]) -> None:
    move("blue")

    diff = move("green", 2).result["diff"]

    assert diff["before"] == "".join(f"lane {number:02d} -> blue\n" for number in range(20))
    assert diff["after"].splitlines()[:3] == ["lane 00 -> green", "lane 01 -> green", "lane 02 -> blue"]


def test_the_diff_of_a_fresh_host_says_that_there_was_nothing(move: Callable[..., Outcome]) -> None:
    assert move("blue", check=True).result["diff"]["before"].startswith("lane 00 -> nothing\n")


def test_nothing_but_lanes_is_left_behind(move: Callable[..., Outcome], places: Places) -> None:
    move("blue")
    move("green", 7)

    names = sorted(path.name for path in (places.root / "lanes").iterdir())
    assert names == [f"{number:02d}.sock" for number in range(20)]


def test_what_an_interrupted_run_left_behind_is_in_nobodys_way(move: Callable[..., Outcome], places: Places) -> None:
    move("blue")
    (places.root / "lanes" / ".00.new").symlink_to("/nowhere")

    move("green")

    assert places.slots_of_lanes() == ["green"] * 20
    assert not (places.root / "lanes" / ".00.new").is_symlink()


def test_a_lane_that_points_elsewhere_is_put_right(move: Callable[..., Outcome], places: Places) -> None:
    move("blue")
    places.lane(4).unlink()
    places.lane(4).symlink_to("/run/other/blue.sock")

    outcome = move("blue")

    assert outcome.result["moved"] == [4]
    assert places.slots_of_lanes() == ["blue"] * 20


@pytest.mark.parametrize("count", [0, 21, -1])
def test_a_count_out_of_range_is_refused(move: Callable[..., Outcome], places: Places, count: int) -> None:
    outcome = move("blue", count)

    assert outcome.failed
    assert outcome.message == f"count was {count}, but it may be 1 to 20"
    assert places.slots_of_lanes() == ["nothing"] * 20


def test_the_time_of_the_flip_is_told_in_milliseconds(move: Callable[..., Outcome]) -> None:
    assert 0 < move("blue").result["flip_ms"] < 100


def test_all_lanes_can_be_taken_away_as_before_the_first_release(move: Callable[..., Outcome], places: Places) -> None:
    move("blue")

    assert move("none").changed
    assert places.slots_of_lanes() == ["nothing"] * 20
    assert not move("none").changed
