"""Who counts requests: Redis for all processes, and each process alone while Redis is away."""

from __future__ import annotations

from collections.abc import Callable

from mailroom.config import LimitSettings, RedisSettings
from mailroom.ratelimits.failover import Failover
from mailroom.ratelimits.local import LocalCounter
from mailroom.ratelimits.metrics import LimitMetrics
from mailroom.ratelimits.service import Limiter
from mailroom.ratelimits.shared import RedisCounter
from mailroom.redis_client import redis_client

_CONNECTIONS = 64  # one for each thread of a process, of which nobody has more


def make_limiter(
    settings: LimitSettings, redis: RedisSettings, metrics: LimitMetrics
) -> tuple[Limiter, Callable[[], None]]:
    """Return what counts requests, and what ends its thread."""
    shared = RedisCounter(redis_client(redis, settings.patience, _CONNECTIONS))
    counter = Failover(shared, LocalCounter(settings.processes), metrics.degraded)
    return Limiter(settings.rates, counter, metrics.refused), counter.close
