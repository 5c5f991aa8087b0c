"""Where Redis is."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.settings import SettingsReader


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Where Redis is and as whom to connect. It may be down: see health."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


def read_redis(reader: SettingsReader) -> RedisSettings:
    """Read where Redis is."""
    return RedisSettings(
        host=reader.text("MAILROOM_REDIS_HOST"),
        port=reader.integer("MAILROOM_REDIS_PORT", 1, 65535),
        user=reader.text("MAILROOM_REDIS_USER"),
        password=reader.secret("redis_password"),
    )
