from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pytest

from mailroom.delivery.allowance import Allowance, Cause, Share
from mailroom.delivery.transport import Quota, Unavailable
from mailroom.errors import StorageUnavailable
from support.fakes import FakeClock

ME, OTHER = 1, 2


@dataclass
class FakeSource:
    """Tells a quota, or that it can't."""

    answer: Quota | Unavailable
    asked: int = 0

    def quota(self) -> Quota:
        self.asked += 1
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


@dataclass
class Bench:
    answer: Quota | Unavailable = field(default_factory=lambda: Quota(8))
    rate: float | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.source = FakeSource(self.answer)
        self.told: list[Share] = []
        self.counted = 0
        self.allowance = Allowance(self.source, self.count, self.rate, self.told.append, self.clock)

    def count(self) -> int:
        self.counted += 1
        if self.workers < 0:
            raise StorageUnavailable("away")
        return self.workers

    def renew(self) -> None:
        self.allowance.renew(ME)

    def takes(self, seconds: float) -> int:
        """Return how many messages could be sent in so many seconds, looking again as the worker does."""
        taken, step = 0, 1 / 64
        for _ in range(round(seconds / step)):
            if self.allowance.due(ME):
                self.renew()
            taken += self.allowance.take() is None
            self.clock.go_on(step)
        return taken


def test_a_worker_alone_has_the_whole_rate() -> None:
    bench = Bench(Quota(8))

    assert bench.takes(20) == pytest.approx(160, abs=2)


def test_workers_share_the_rate_evenly() -> None:
    bench = Bench(Quota(8), workers=4)
    bench.takes(10)

    assert bench.takes(20) == pytest.approx(40, abs=2)


def test_a_worker_that_joins_others_sends_nothing_until_they_have_counted_it() -> None:
    bench = Bench(workers=2)

    assert bench.takes(4.9) == 0
    assert bench.takes(5) > 0


def test_a_share_is_good_for_five_seconds_then_the_workers_are_counted_again() -> None:
    bench = Bench(Quota(8))
    bench.takes(20)
    bench.workers = 2
    bench.takes(5)

    assert bench.takes(20) == pytest.approx(80, abs=2)
    assert 8 <= bench.counted <= 10


def test_several_jobs_that_ask_together_look_once() -> None:
    bench = Bench()
    for _ in range(3):
        bench.renew()

    assert (bench.source.asked, bench.counted) == (1, 1)


def test_a_worker_with_a_new_number_joins_anew() -> None:
    bench = Bench(workers=2)
    bench.takes(20)

    assert bench.allowance.due(OTHER)
    bench.allowance.renew(OTHER)
    wait = bench.allowance.take()

    assert wait is not None
    assert (wait.seconds, wait.cause, wait.reason) == (5, Cause.RATE, None)


def test_without_a_limit_nobody_is_counted_or_waited_for() -> None:
    bench = Bench(Quota(None), workers=3)

    assert bench.takes(1) == 64
    assert bench.counted == 0


def test_a_count_of_none_is_taken_for_this_worker_alone() -> None:
    bench = Bench(Quota(8), workers=0)

    assert bench.takes(10) == pytest.approx(80, abs=2)


def test_what_people_say_of_the_rate_holds_and_the_quota_of_the_day_stays() -> None:
    bench = Bench(Quota(8, per_day=5000, sent=7), rate=2)
    bench.renew()

    assert bench.told == [Share(Quota(2, 5000, 7), 1)]


def test_a_rate_can_be_said_of_a_transport_that_tells_none() -> None:
    clock = FakeClock()
    allowance = Allowance(None, lambda: 1, 2, clock=clock)
    allowance.renew(ME)

    wait = allowance.take()

    assert wait is not None
    assert wait.seconds == 0.5


def test_the_quota_is_read_again_after_two_minutes() -> None:
    bench = Bench(Quota(8))
    bench.takes(119)
    bench.source.answer = Quota(16)
    assert bench.source.asked == 1
    bench.takes(7)

    assert bench.source.asked == 2
    assert bench.takes(10) == pytest.approx(160, abs=3)


def test_it_is_read_also_while_nothing_is_sent() -> None:
    bench = Bench(Quota(8))
    bench.allowance.refresh()
    bench.allowance.refresh()

    assert bench.source.asked == 1
    assert bench.told == [Share(Quota(8), 1)]


def test_a_quota_that_cant_be_read_limits_nothing_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Unavailable("AccessDeniedException", "x"))

    assert bench.takes(1) == 64
    bench.takes(300)
    assert caplog.messages == ["the quota can't be read: what was known of the rate holds"]
    assert caplog.records[0].__dict__["code"] == "AccessDeniedException"


def test_what_was_known_of_the_rate_holds_while_it_cant_be_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    bench = Bench(Quota(8))
    bench.renew()
    bench.source.answer = Unavailable("Gone", "x")
    bench.takes(130)

    assert bench.takes(10) == pytest.approx(80, abs=2)


def test_when_the_days_quota_is_used_up_messages_wait_and_are_told_why() -> None:
    bench = Bench(Quota(1000, per_day=200, sent=195))

    assert bench.takes(10) == 5
    wait = bench.allowance.take()

    assert wait is not None
    assert wait.cause is Cause.QUOTA
    assert wait.seconds == pytest.approx(110, abs=0.1)
    assert wait.reason == (
        "The quota of 200 messages in 24 hours is used up: the message waits until some of it is free again."
    )


def test_what_is_left_of_the_day_is_shared_too() -> None:
    bench = Bench(Quota(1000, per_day=200, sent=100), workers=4)

    assert bench.takes(60) == 25


def test_it_goes_on_when_a_reading_says_that_some_is_free_again() -> None:
    bench = Bench(Quota(1000, per_day=200, sent=200))
    assert bench.takes(10) == 0
    bench.source.answer = Quota(1000, per_day=200, sent=197)

    assert bench.takes(120) == 3


def test_the_transport_knows_best_when_the_day_is_used_up() -> None:
    bench = Bench(Quota(None))
    bench.renew()
    bench.clock.go_on(20)

    assert bench.allowance.used_up() == 100
    wait = bench.allowance.take()
    assert wait is not None
    assert wait.reason == "The quota is used up: the message waits until some of it is free again."
    bench.clock.go_on(100)
    bench.renew()
    assert bench.allowance.take() is None


def test_while_the_database_is_away_there_is_no_share() -> None:
    bench = Bench(workers=-1)

    with pytest.raises(StorageUnavailable):
        bench.renew()
    assert bench.allowance.due(ME)
