from __future__ import annotations

from prometheus_client import CollectorRegistry

from mailroom.delivery.allowance import Cause, Share
from mailroom.delivery.breaker import BreakerState
from mailroom.delivery.metrics import TransportMetrics
from mailroom.delivery.transport import Quota


class Bench:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = TransportMetrics(self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def test_counters_start_at_zero() -> None:
    bench = Bench()

    for outcome in ("sent", "refused", "throttled", "unavailable", "error"):
        assert bench.value("mailroom_transport_calls_total", outcome=outcome) == 0
    for cause in ("rate", "quota", "breaker"):
        assert bench.value("mailroom_delivery_waited_seconds_total", cause=cause) == 0
    assert bench.value("mailroom_breaker_opened_total") == 0


def test_a_call_is_counted_by_outcome_and_with_its_time() -> None:
    bench = Bench()
    bench.metrics.called("refused", 0.3)

    assert bench.value("mailroom_transport_calls_total", outcome="refused") == 1
    assert bench.value("mailroom_transport_call_duration_seconds_sum") == 0.3


def test_the_breaker_is_in_one_state() -> None:
    bench = Bench()
    bench.metrics.breaker(BreakerState.CLOSED)
    bench.metrics.breaker(BreakerState.OPEN)

    states = [bench.value("mailroom_breaker_state", state=state) for state in ("closed", "open", "half-open")]
    assert states == [0, 1, 0]
    assert bench.value("mailroom_breaker_opened_total") == 1


def test_the_quota_is_shown_with_the_share_of_this_worker() -> None:
    bench = Bench()
    bench.metrics.share(Share(Quota(14, 50000, 123), 2))

    assert bench.value("mailroom_quota_rate") == 14
    assert bench.value("mailroom_quota_share") == 7
    assert bench.value("mailroom_quota_day") == 50000
    assert bench.value("mailroom_quota_day_sent") == 123
    assert bench.value("mailroom_quota_workers") == 2


def test_what_has_no_limit_is_shown_as_minus_one() -> None:
    bench = Bench()
    bench.metrics.share(Share(Quota(None), 1))

    assert [bench.value(f"mailroom_quota_{name}") for name in ("rate", "share", "day")] == [-1, -1, -1]


def test_the_seconds_that_messages_waited_are_counted_by_cause() -> None:
    bench = Bench()
    bench.metrics.waited(Cause.BREAKER, 2.5)

    assert bench.value("mailroom_delivery_waited_seconds_total", cause="breaker") == 2.5
