"""What Prometheus reads. Names and meanings stand in the README.

Nothing is registered at import: the process that measures makes its metrics, each counter at 0 from the start,
because an increase from nothing to 1 can't be seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from mailroom.accounts.logins import LoginOutcome
from mailroom.delivery.service import Outcome
from mailroom.release import current_release

# From a cached read (a few ms) to gunicorn's patience; denser where the objective (p95 under 100 ms) is decided.
_HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1, 2.5, 5, 10)
# A call to SES takes some 50 ms to 200 ms, and is given up after 13 s.
_DELIVERY_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
_STATUS_CLASSES = ("2xx", "4xx", "5xx")
_POOL_GAUGES = {
    "pool_size": "Connections that the pool holds, in use or not.",
    "pool_available": "Connections that wait in the pool for somebody to use them.",
    "requests_waiting": "Requests that wait for a connection.",
    "pool_max": "Connections that the pool may hold.",
}


class WebMetrics:
    """Rate, errors and duration of HTTP by route, accepted messages, and the pool."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests",
            "HTTP requests answered.",
            ["method", "route", "status_class"],
            registry=registry,
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Time from the first line of a request in Mailroom to its answer.",
            ["method", "route"],
            buckets=_HTTP_BUCKETS,
            registry=registry,
        )
        self.in_progress = Gauge(
            "http_requests_in_progress",
            "HTTP requests being answered.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.accepted = Counter("mailroom_messages_accepted", "Messages stored and queued.", registry=registry)
        self.unexpected = Counter(
            "mailroom_unexpected_errors", "Requests that met an error that nobody expected.", registry=registry
        )
        self._logins = Counter(
            "mailroom_logins",
            "Attempts to log in or to renew a login, by what came of them.",
            ["outcome"],
            registry=registry,
        )
        for outcome in LoginOutcome:
            self._logins.labels(outcome.value)
        self._pool = {
            name: Gauge(f"mailroom_db_{name}", text, registry=registry, multiprocess_mode="livesum")
            for name, text in _POOL_GAUGES.items()
        }
        _tell_release(registry)

    def expect(self, routes: Iterable[tuple[str, str]]) -> None:
        """Start the counters of these (method, route) pairs at 0."""
        for method, route in routes:
            self._durations.labels(method, route)
            for status_class in _STATUS_CLASSES:
                self._requests.labels(method, route, status_class)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._durations.labels(method, route).observe(seconds)

    def login(self, outcome: LoginOutcome) -> None:
        """Count one attempt to log in, or to stay so."""
        self._logins.labels(outcome.value).inc()

    def pool(self, statistics: dict[str, int]) -> None:
        """Take over psycopg_pool's own figures (`pool.get_stats()`)."""
        for name, gauge in self._pool.items():
            gauge.set(statistics.get(name, 0))


class WorkerMetrics:
    """Deliveries, what came of messages, and the queue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "mailroom_delivery_attempts",
            "Attempts to deliver a message, by what came of them.",
            ["outcome"],
            registry=registry,
        )
        self._durations = Histogram(
            "mailroom_delivery_duration_seconds",
            "Time of one attempt, from taking the message to recording the outcome.",
            buckets=_DELIVERY_BUCKETS,
            registry=registry,
        )
        self._sent = Counter("mailroom_messages_sent", "Messages that SES took.", registry=registry)
        self._failed = Counter("mailroom_messages_failed", "Messages given up, with a reason.", registry=registry)
        self._suppressed = Counter(
            "mailroom_messages_suppressed",
            "Messages not sent, since their recipient gets no more mail.",
            registry=registry,
        )
        self._depth = Gauge("mailroom_queue_depth", "Messages not sent and not failed yet.", registry=registry)
        self._oldest = Gauge(
            "mailroom_queue_oldest_age_seconds",
            "Age of the oldest of these; 0 when there is none.",
            registry=registry,
        )
        self.taken_over = Counter(
            "mailroom_jobs_taken_over",
            "Jobs of dead workers done again: each may be a message sent twice.",
            registry=registry,
        )
        for outcome in (*Outcome, "error"):
            self._attempts.labels(str(outcome))
        _tell_release(registry)

    def attempted(self, outcome: Outcome | None, seconds: float) -> None:
        """Count one attempt; None is an error that isn't the transport's, such as a database that went away."""
        self._attempts.labels(str(outcome or "error")).inc()
        self._durations.observe(seconds)
        if outcome is Outcome.SENT:
            self._sent.inc()
        elif outcome is Outcome.FAILED:
            self._failed.inc()
        elif outcome is Outcome.SUPPRESSED:
            self._suppressed.inc()

    def queue(self, depth: int, oldest: float) -> None:
        """Take over the depth of the queue and the age of its oldest message in seconds."""
        self._depth.set(depth)
        self._oldest.set(oldest)


def _tell_release(registry: CollectorRegistry) -> None:
    gauge = Gauge(
        "mailroom_release_info",
        "Always 1; the label says which release this process runs.",
        ["release"],
        registry=registry,
        multiprocess_mode="livemax",
    )
    gauge.labels(current_release()).set(1)
