"""Where PostgreSQL is."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.settings import SettingsReader


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where PostgreSQL is, as whom to connect, and how long to wait for it (seconds)."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    pool_size: int = 4
    connect_timeout: int = 3
    checkout_timeout: float = 3.0
    statement_timeout: float = 5.0


def read_database(reader: SettingsReader, pool_size: int = 4) -> DatabaseSettings:
    """Read where PostgreSQL is; `pool_size` is what holds where nothing else is set."""
    return DatabaseSettings(
        host=reader.text("MAILROOM_DATABASE_HOST"),
        port=reader.integer("MAILROOM_DATABASE_PORT", 1, 65535),
        name=reader.text("MAILROOM_DATABASE_NAME"),
        user=reader.text("MAILROOM_DATABASE_USER"),
        password=reader.secret("database_password"),
        pool_size=reader.integer("MAILROOM_DATABASE_POOL_SIZE", 1, 64, default=pool_size),
    )
