"""What Prometheus reads of the limits. Names and meanings stand in the README."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from mailroom.ratelimits.entities import Limit


class LimitMetrics:
    """Refused requests by limit, and whether this process counts alone."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refused = Counter(
            "mailroom_limited", "Requests refused for their number, by limit.", ["limit"], registry=registry
        )
        self._degraded = Gauge(
            "mailroom_limits_degraded",
            "1 while a process counts alone because Redis is away.",
            registry=registry,
            multiprocess_mode="livemax",
        )
        for limit in Limit:
            self._refused.labels(limit.value)
        self._degraded.set(0)

    def refused(self, limit: Limit) -> None:
        """Count one refused request."""
        self._refused.labels(limit.value).inc()

    def degraded(self, is_so: bool) -> None:  # noqa: FBT001 - one value is all that it takes
        """Tell whether this process counts alone."""
        self._degraded.set(int(is_so))
