from __future__ import annotations

import logging

import pytest

from mailroom.delivery.breaker import Breaker, BreakerState, Pass
from support.fakes import FakeClock


class Bench:
    """A breaker that opens after three failures in a row, for 30 s."""

    def __init__(self, failures: int = 3) -> None:
        self.clock = FakeClock()
        self.told: list[BreakerState] = []
        self.breaker = Breaker(failures, 30, self.told.append, self.clock)

    def fail(self, times: int = 1) -> float | None:
        wait = None
        for _ in range(times):
            wait = self.breaker.failed(self.clock())
        return wait

    def open(self) -> None:
        self.fail(3)
        assert self.told[-1] is BreakerState.OPEN

    def may_pass(self) -> bool:
        return isinstance(self.breaker.enter(), Pass)


def test_closed_it_lets_all_pass() -> None:
    bench = Bench()

    assert [bench.may_pass() for _ in range(5)] == [True] * 5
    assert bench.told == [BreakerState.CLOSED]


def test_failures_cost_attempts_until_it_opens() -> None:
    bench = Bench()

    assert bench.fail(2) is None
    assert bench.fail() == 30


def test_open_it_lets_nobody_pass_and_says_for_how_long(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.open()
    bench.clock.go_on(10)

    assert bench.breaker.enter() == 20
    assert caplog.messages == ["the breaker is open"]
    assert caplog.records[0].levelno == logging.WARNING


def test_an_answer_in_between_begins_the_count_anew() -> None:
    bench = Bench()
    bench.fail(2)
    bench.breaker.answered(bench.clock())

    assert bench.fail(2) is None
    assert bench.told == [BreakerState.CLOSED]


def test_with_little_mail_a_few_failures_that_last_are_enough() -> None:
    bench = Bench(failures=10)
    for _ in range(2):
        assert bench.fail() is None
        bench.clock.go_on(5)

    assert bench.fail() == 30


def test_two_failures_are_never_enough_however_long_they_last() -> None:
    bench = Bench(failures=10)
    bench.fail()
    bench.clock.go_on(1000)

    assert bench.fail() is None


def test_when_its_time_is_over_one_may_try_and_the_rest_waits() -> None:
    bench = Bench()
    bench.open()
    bench.clock.go_on(30)

    assert bench.may_pass()
    assert bench.breaker.enter() == 0.5
    assert bench.told[-1] is BreakerState.HALF_OPEN


def test_an_answer_to_the_trial_closes_it() -> None:
    bench = Bench()
    bench.open()
    bench.clock.go_on(30)
    leave = bench.breaker.enter()
    assert isinstance(leave, Pass)

    bench.breaker.answered(bench.clock())
    bench.breaker.leave(leave)

    assert [bench.may_pass() for _ in range(3)] == [True] * 3
    assert bench.told[-1] is BreakerState.CLOSED


def test_a_trial_that_fails_opens_it_again_and_doesnt_count() -> None:
    bench = Bench()
    bench.open()
    bench.clock.go_on(30)
    bench.breaker.enter()
    bench.clock.go_on(2)

    assert bench.breaker.failed(bench.clock()) == 30
    assert bench.breaker.enter() == 30


def test_a_trial_that_sent_nothing_leaves_its_turn_to_the_next() -> None:
    bench = Bench()
    bench.open()
    bench.clock.go_on(30)
    leave = bench.breaker.enter()
    assert isinstance(leave, Pass)

    bench.breaker.leave(leave)

    assert bench.may_pass()


def test_another_that_leaves_doesnt_end_the_trial() -> None:
    bench = Bench()
    other = bench.breaker.enter()
    assert isinstance(other, Pass)
    bench.open()
    bench.clock.go_on(30)
    bench.breaker.enter()

    bench.breaker.leave(other)

    assert not bench.may_pass()


def test_what_was_under_way_when_it_opened_neither_closes_it_nor_counts() -> None:
    bench = Bench()
    began = bench.clock()
    bench.clock.go_on(1)
    bench.open()

    bench.breaker.answered(began)

    assert bench.breaker.failed(began) == 30
    assert bench.told == [BreakerState.CLOSED, BreakerState.OPEN]


def test_what_was_under_way_before_it_closed_isnt_counted_against_it() -> None:
    bench = Bench()
    began = bench.clock()
    bench.clock.go_on(1)
    bench.open()
    bench.clock.go_on(30)
    bench.breaker.enter()
    bench.breaker.answered(bench.clock())

    assert [bench.breaker.failed(began) for _ in range(5)] == [None] * 5
    assert bench.told[-1] is BreakerState.CLOSED
