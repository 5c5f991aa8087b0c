from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mailroom.ratelimits.local import LocalCounter
from support.limits import Clock, reads


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counter(clock: Clock) -> LocalCounter:
    return LocalCounter(1, clock=clock)


def let_in(counter: LocalCounter, times: int, amount: int, who: str = "key:1") -> int:
    return sum(counter.count([reads(amount, who)])[0].let_in for _ in range(times))


def test_as_many_are_let_in_as_the_limit_says(counter: LocalCounter) -> None:
    assert let_in(counter, 10, 7) == 7


def test_each_is_counted_apart(counter: LocalCounter) -> None:
    assert [let_in(counter, 10, 7, who) for who in ("key:1", "key:2")] == [7, 7]


def test_what_remains_goes_down_to_nothing(counter: LocalCounter) -> None:
    assert [counter.count([reads(3)])[0].remaining for _ in range(4)] == [2, 1, 0, 0]


def test_in_the_next_window_places_come_back_one_by_one(counter: LocalCounter, clock: Clock) -> None:
    let_in(counter, 6, 6)
    found = []
    for seconds in (59.9, 60.0, 60.1, 70.1, 70.2, 119.9):
        clock.now = 1000 + seconds
        found.append(let_in(counter, 10, 6))

    assert found == [0, 0, 1, 1, 0, 4]


def test_after_two_windows_all_is_forgotten(counter: LocalCounter, clock: Clock) -> None:
    let_in(counter, 6, 6)
    clock.now += 120

    assert let_in(counter, 10, 6) == 6


def test_who_comes_back_after_the_reset_that_was_told_is_let_in(counter: LocalCounter, clock: Clock) -> None:
    let_in(counter, 6, 6)
    clock.now += 21.7
    refused = counter.count([reads(6)])[0]
    clock.now += refused.reset

    assert (refused.let_in, refused.reset) == (False, 39)
    assert counter.count([reads(6)])[0].let_in


def test_looking_takes_no_place_and_is_not_kept(counter: LocalCounter) -> None:
    looks = [counter.count([reads(1, takes=False)])[0] for _ in range(3)]

    assert [look.let_in for look in looks] == [True, True, True]
    assert len(counter) == 0


def test_a_process_lets_in_its_share(clock: Clock) -> None:
    counter = LocalCounter(4, clock=clock)

    assert let_in(counter, 20, 10) == 3
    assert counter.count([reads(10)])[0].rate.amount == 3


def test_no_more_counts_are_kept_than_said_and_the_oldest_goes_first(clock: Clock) -> None:
    counter = LocalCounter(1, most=3, clock=clock)
    for who in ("a", "b", "c", "a", "d"):
        let_in(counter, 1, 2, who)

    assert len(counter) == 3
    assert let_in(counter, 1, 2, "a") == 0  # it came twice, and is remembered
    assert let_in(counter, 2, 2, "b") == 2  # it was forgotten


def test_threads_at_the_edge_of_the_limit_are_counted_exactly() -> None:
    counter = LocalCounter(1)
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: counter.count([reads(50, seconds=3600)])[0].let_in, range(200)))

    assert sum(found) == 50
