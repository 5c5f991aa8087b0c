"""Counting in a real Redis, with the rights that the service has there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailroom.ratelimits.entities import CounterUnavailable, Limit, Question, Rate
from mailroom.ratelimits.shared import RedisCounter
from support.limits import reads
from support.processes import eventually
from support.redis_process import RedisProcess


@pytest.fixture
def counter(server: RedisProcess) -> Iterator[RedisCounter]:
    with server.client() as client:
        yield RedisCounter(client)


def let_in(counter: RedisCounter, times: int, amount: int, *, seconds: int = 60) -> int:
    return sum(counter.count([reads(amount, seconds=seconds)])[0].let_in for _ in range(times))


def test_as_many_are_let_in_as_the_limit_says(counter: RedisCounter) -> None:
    assert let_in(counter, 10, 7) == 7


def test_what_remains_and_when_one_more_may_come_is_told(counter: RedisCounter) -> None:
    standings = [counter.count([reads(2)])[0] for _ in range(3)]

    assert [(standing.let_in, standing.remaining) for standing in standings] == [(True, 1), (True, 0), (False, 0)]
    assert all(58 <= standing.reset <= 60 for standing in standings)


def test_several_questions_are_answered_at_once_and_in_order(counter: RedisCounter) -> None:
    let_in(counter, 3, 5)
    writes = Question(Limit.WRITES, Rate(9, 60), ("key:1",))

    found = counter.count([reads(5, takes=False), writes, reads(5)])

    assert [(standing.limit, standing.remaining) for standing in found] == [("reads", 2), ("writes", 8), ("reads", 1)]


def test_looking_takes_no_place(counter: RedisCounter) -> None:
    looks = [counter.count([reads(1, takes=False)])[0] for _ in range(3)]

    assert [(look.let_in, look.remaining, look.reset) for look in looks] == [(True, 1, 0)] * 3


def test_looking_sees_that_no_place_is_left(counter: RedisCounter) -> None:
    let_in(counter, 1, 1)

    assert not counter.count([reads(1, takes=False)])[0].let_in


def test_in_the_next_window_places_come_back(counter: RedisCounter) -> None:
    let_in(counter, 4, 4, seconds=5)
    refused = counter.count([reads(4, seconds=5)])[0]
    began = time.monotonic()
    eventually(lambda: counter.count([reads(4, seconds=5)])[0].let_in)

    assert not refused.let_in
    assert time.monotonic() - began > 0.5


def test_nothing_stays_in_redis(server: RedisProcess, counter: RedisCounter) -> None:
    let_in(counter, 3, 2)
    let_in(counter, 3, 2, seconds=1)
    with server.administrator() as administrator:
        keys = administrator.keys("*")
        assert isinstance(keys, list)
        lives = [administrator.pttl(key) for key in keys]
        eventually(lambda: len(administrator.keys("*")) == 1)

    assert all(key.startswith(b"mailroom:limits:{reads:") for key in keys)
    assert all(isinstance(life, int) and 0 < life <= 120_000 for life in lives)


def test_threads_of_two_processes_at_the_edge_of_the_limit_are_counted_exactly(server: RedisProcess) -> None:
    start = threading.Barrier(16)
    with server.client() as one, server.client() as other:
        counters = [RedisCounter(one), RedisCounter(other)]

        def ask(number: int) -> int:
            start.wait()
            return let_in(counters[number % 2], 10, 50)

        with ThreadPoolExecutor(16) as threads:
            assert sum(threads.map(ask, range(16))) == 50


def test_a_redis_that_forgot_the_script_is_told_again(server: RedisProcess, counter: RedisCounter) -> None:
    let_in(counter, 1, 3)
    with server.administrator() as administrator:
        administrator.script_flush()

    assert let_in(counter, 3, 3) == 2


def test_a_redis_that_hangs_costs_no_more_than_the_patience(server: RedisProcess) -> None:
    took = []
    with server.client(0.05) as client:
        counter = RedisCounter(client)
        counter.count([reads(9)])
        server.pause()
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(CounterUnavailable, match="Timeout"):
                counter.count([reads(9)])
            took.append(time.monotonic() - began)

    # The least: this machine may have other things to do.
    assert 0.04 < min(took) < 0.2


def test_a_redis_that_is_away_is_told_as_that(server: RedisProcess, counter: RedisCounter) -> None:
    server.stop()

    with pytest.raises(CounterUnavailable, match="ConnectionError"):
        counter.count([reads(9)])


def test_a_redis_that_was_started_again_is_connected_to(server: RedisProcess, counter: RedisCounter) -> None:
    let_in(counter, 3, 3)
    server.stop()
    server.start()

    assert let_in(counter, 3, 3) == 3


def test_a_redis_that_refuses_the_script_is_told_as_one_that_is_away(
    server: RedisProcess, counter: RedisCounter
) -> None:
    with server.administrator() as administrator:
        administrator.execute_command("ACL", "SETUSER", "mailroom", "-evalsha")

    with pytest.raises(CounterUnavailable, match="NoPermissionError"):
        counter.count([reads(9)])
