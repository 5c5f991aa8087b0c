from __future__ import annotations

import pytest

from mailroom.delivery.allowance import Allowance
from mailroom.delivery.breaker import Breaker, BreakerState
from mailroom.delivery.guarded import GuardedTransport
from mailroom.delivery.transport import OutOfService, QuotaUsedUp, Refused, Throttled, TransportError, Unavailable
from support.fakes import FakeClock, FakeTransport, a_message

AWAY = Unavailable("InternalFailure", "Away.")


class Bench:
    """A guarded fake transport, with a breaker that opens after two failures."""

    def __init__(self, *answers: Exception) -> None:
        self.clock = FakeClock()
        self.states: list[BreakerState] = []
        self.calls: list[tuple[str, float]] = []
        self.breaker = Breaker(2, 30, self.states.append, self.clock)
        self.allowance = Allowance(None, lambda: 1, clock=self.clock)
        self.inner = FakeTransport(list(answers))
        self.transport = GuardedTransport(
            self.inner, self.breaker, self.allowance, lambda *call: self.calls.append(call), self.clock
        )

    def send(self) -> Exception | str:
        try:
            return self.transport.send(a_message())
        except TransportError as error:
            return error


def test_what_is_sent_is_counted_with_its_time() -> None:
    bench = Bench()
    bench.inner.answers.append(lambda: bench.clock.go_on(0.2))

    assert bench.send() == "provider-1"
    assert [outcome for outcome, _ in bench.calls] == ["sent"]
    assert bench.calls[0][1] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(Refused("x", "x"), "refused"), (Throttled("x", "x"), "throttled"), (AWAY, "unavailable")],
)
def test_what_is_not_sent_is_raised_as_it_was_and_counted(error: TransportError, outcome: str) -> None:
    bench = Bench(error)

    assert bench.send() is error
    assert [called for called, _ in bench.calls] == [outcome]


def test_an_error_that_nobody_foresaw_is_counted_and_moves_no_breaker() -> None:
    bench = Bench(*[RuntimeError()] * 5)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            bench.send()

    assert bench.states == [BreakerState.CLOSED]
    assert bench.calls[-1][0] == "error"


def test_the_failure_that_opens_the_breaker_isnt_the_messages_loss() -> None:
    bench = Bench(AWAY, AWAY)

    assert bench.send() is AWAY
    error = bench.send()

    assert isinstance(error, OutOfService)
    assert (error.code, error.reason, error.retry_after) == ("InternalFailure", "Away.", 30)


def test_messages_that_are_refused_or_throttled_show_that_the_transport_is_there() -> None:
    bench = Bench(AWAY, Refused("x", "x"), AWAY, Throttled("x", "x"), AWAY)
    for _ in range(5):
        bench.send()

    assert bench.states == [BreakerState.CLOSED]


def test_a_throttled_call_pushes_the_bucket_back_and_one_that_is_taken_ends_that() -> None:
    bench = Bench(Throttled("x", "x"))
    bench.send()
    assert bench.allowance.bucket.take() == 1
    bench.clock.go_on(1)
    bench.send()
    bench.inner.answers.append(Throttled("x", "x"))
    bench.send()

    assert bench.allowance.bucket.take() == 1


def test_a_day_that_is_used_up_costs_no_attempt_and_holds_the_rest_back() -> None:
    bench = Bench(QuotaUsedUp("x", "Daily message quota exceeded."))

    error = bench.send()

    assert isinstance(error, OutOfService)
    assert error.retry_after == 1
    assert error.reason == "Daily message quota exceeded."
    assert bench.allowance.take() is not None
    assert bench.calls == [("throttled", 0)]


def test_closing_closes_the_transport() -> None:
    bench = Bench()
    bench.transport.close()

    assert bench.inner.closed
