"""What Prometheus reads of the transport: its calls, the breaker before it, its quota, and what was waited for."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from mailroom.delivery.allowance import Cause, Share
from mailroom.delivery.breaker import BreakerState

# A call to SES takes some 50 ms to 200 ms, and is given up after 13 s; one to a mail server after some more.
_CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
_OUTCOMES = ("sent", "refused", "throttled", "unavailable", "error")
_WITHOUT_LIMIT = -1


class TransportMetrics:
    """Rate, errors and duration of calls to the transport, and what holds them back."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "mailroom_transport_calls",
            "Messages handed to the transport, by what it answered.",
            ["outcome"],
            registry=registry,
        )
        self._durations = Histogram(
            "mailroom_transport_call_duration_seconds",
            "Time of one call to the transport.",
            buckets=_CALL_BUCKETS,
            registry=registry,
        )
        self._state = Gauge(
            "mailroom_breaker_state", "1 for the state that the breaker is in.", ["state"], registry=registry
        )
        self._opened = Counter("mailroom_breaker_opened", "Times that the breaker opened.", registry=registry)
        self._waited = Counter(
            "mailroom_delivery_waited_seconds",
            "Seconds that messages in hand waited before they were tried, by what for.",
            ["cause"],
            registry=registry,
        )
        self._quota = {
            name: Gauge(f"mailroom_quota_{name}", text, registry=registry)
            for name, text in {
                "rate": "Messages a second that the transport takes of all workers; -1: without limit.",
                "share": "Messages a second that this worker may send; -1: without limit.",
                "day": "Messages in 24 hours that the transport takes; -1: without limit.",
                "day_sent": "Messages in the last 24 hours that the transport has counted.",
                "workers": "Workers that share the quota.",
            }.items()
        }
        for outcome in _OUTCOMES:
            self._calls.labels(outcome)
        for cause in Cause:
            self._waited.labels(cause.value)

    def called(self, outcome: str, seconds: float) -> None:
        """Count one call."""
        self._calls.labels(outcome).inc()
        self._durations.observe(seconds)

    def breaker(self, state: BreakerState) -> None:
        """Take over the breaker's state."""
        for known in BreakerState:
            self._state.labels(known.value).set(known is state)
        if state is BreakerState.OPEN:
            self._opened.inc()

    def waited(self, cause: Cause, seconds: float) -> None:
        """Count the seconds that a message waited."""
        self._waited.labels(cause.value).inc(seconds)

    def share(self, share: Share) -> None:
        """Take over what was found out of the quota."""
        found = {"rate": share.quota.rate, "share": share.rate, "day": share.quota.per_day}
        for name, value in found.items():
            self._quota[name].set(_WITHOUT_LIMIT if value is None else value)
        self._quota["day_sent"].set(share.quota.sent)
        self._quota["workers"].set(share.workers)
