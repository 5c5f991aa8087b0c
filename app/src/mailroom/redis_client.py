"""The way to Redis."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mailroom.config.redis import RedisSettings


def redis_client(settings: RedisSettings, patience: float, connections: int) -> redis.Redis:
    """Return a client that connects when it is first used.

    It waits `patience` seconds for a connection and as long for an answer, tries nothing twice, and holds at most so
    many connections.
    """
    return redis.Redis(
        host=settings.host,
        port=settings.port,
        username=settings.user,
        password=settings.password,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        # redis-py would try three times more, and make a request wait for seconds.
        retry=Retry(NoBackoff(), 0),
        max_connections=connections,
    )
