from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mailroom.delivery.admission import Admission, NotNow
from mailroom.delivery.allowance import Allowance, Cause
from mailroom.delivery.breaker import Breaker, Pass
from mailroom.errors import StorageUnavailable
from support.fakes import FakeClock


class Bench:
    """An admission with a patience of half a second; breaker and allowance have a clock that stands still."""

    def __init__(self, rate: float | None = None, count_workers: Callable[[], int] = lambda: 1) -> None:
        self.clock = FakeClock()
        self.breaker = Breaker(1, 30, clock=self.clock)
        self.allowance = Allowance(None, count_workers, rate, clock=self.clock)
        self.waited: list[Cause] = []
        self.admission = Admission(self.breaker, self.allowance, lambda cause, _: self.waited.append(cause), 0.5)

    def turn(self) -> Pass:
        return asyncio.run(self.admission.turn(1))


def test_a_job_has_its_turn_at_once_when_nothing_holds_it() -> None:
    bench = Bench()

    assert isinstance(bench.turn(), Pass)
    assert bench.waited == []


def test_while_the_breaker_is_open_a_job_is_put_back_until_it_may_close_and_told_why() -> None:
    bench = Bench()
    bench.breaker.failed(bench.clock())

    with pytest.raises(NotNow, match=r"not before 30\.0 s") as caught:
        bench.turn()

    assert caught.value.delay == 30
    assert caught.value.reason == (
        "The mail provider is away: the message waits until it is back, which costs no attempt."
    )
    assert set(bench.waited) == {Cause.BREAKER}


def test_who_only_has_to_wait_for_the_rate_is_put_back_without_a_reason() -> None:
    bench = Bench(rate=0.5)

    with pytest.raises(NotNow) as caught:
        bench.turn()

    assert (caught.value.delay, caught.value.reason) == (2, None)


def test_a_trial_that_the_quota_holds_back_is_left_to_the_next() -> None:
    bench = Bench()
    bench.admission.leave(bench.turn())
    bench.breaker.failed(bench.clock())
    bench.clock.go_on(30)
    bench.allowance.used_up()
    with pytest.raises(NotNow, match="not before"):
        bench.turn()

    assert isinstance(bench.breaker.enter(), Pass)


def test_a_job_that_waits_goes_on_when_the_breaker_closes() -> None:
    bench = Bench()
    bench.breaker.failed(bench.clock())
    bench.clock.go_on(29.99)

    async def wait() -> Pass:
        waiting = asyncio.create_task(bench.admission.turn(1))
        await asyncio.sleep(0)
        bench.clock.go_on(0.01)
        return await waiting

    assert isinstance(asyncio.run(wait()), Pass)


def test_told_to_stop_a_job_that_waits_is_given_back_at_once() -> None:
    bench = Bench()
    bench.breaker.failed(bench.clock())
    admission = Admission(bench.breaker, bench.allowance, lambda *_: None, patience=3600)

    async def stop() -> None:
        waiting = asyncio.create_task(admission.turn(1))
        await asyncio.sleep(0.01)
        admission.stop()
        await asyncio.wait_for(waiting, 5)

    with pytest.raises(NotNow) as caught:
        asyncio.run(stop())
    assert (caught.value.delay, caught.value.reason) == (0, None)


def test_a_turn_that_is_given_back_lets_another_try() -> None:
    bench = Bench()
    bench.breaker.failed(bench.clock())
    bench.clock.go_on(30)
    bench.admission.leave(bench.turn())

    assert isinstance(bench.turn(), Pass)


def test_while_the_workers_cant_be_counted_nobody_has_a_turn() -> None:
    def away() -> int:
        raise StorageUnavailable("away")

    with pytest.raises(StorageUnavailable):
        Bench(rate=10, count_workers=away).turn()
