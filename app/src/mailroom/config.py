"""What Mailroom is told from outside: read once, checked as a whole, then frozen.

Settings come from the environment, secrets from files in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
All that is missing or wrong is named in one message, so that a start fails once, not once for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mailroom.messages.addresses import InvalidAddress, checked_sender
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


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Where Redis is and as whom to connect. It may be down: see health."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """All that the web process needs."""

    database: DatabaseSettings
    redis: RedisSettings
    sender: str
    max_body_bytes: int


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How hard to try: messages in hand at once, attempts in all, first and longest pause between them (seconds)."""

    concurrency: int
    max_attempts: int
    backoff_base: float
    backoff_cap: float


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """All that the worker needs. `aws_credentials` is None where the host's own role gives them."""

    database: DatabaseSettings
    delivery: DeliverySettings
    ses_region: str
    aws_credentials: Path | None
    metrics_host: str
    metrics_port: int


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """All that `mailroom migrate` needs: the owner's connection, the role to grant to, seconds to wait for a lock.

    `lock_timeout` is for one try, `lock_patience` for all tries at one step.
    """

    database: DatabaseSettings
    service_role: str
    lock_timeout: float
    lock_patience: float = 60.0


def read_web_settings(reader: SettingsReader) -> WebSettings:
    """Read the settings of the web process. Raises ConfigurationError naming all that is wrong."""
    settings = WebSettings(
        database=_database(reader),
        redis=RedisSettings(
            host=reader.text("MAILROOM_REDIS_HOST"),
            port=reader.integer("MAILROOM_REDIS_PORT", 1, 65535),
            user=reader.text("MAILROOM_REDIS_USER"),
            password=reader.secret("redis_password"),
        ),
        sender=_sender(reader),
        max_body_bytes=reader.integer("MAILROOM_MAX_BODY_BYTES", 1024, 10 * 1024 * 1024, default=256 * 1024),
    )
    reader.finish()
    return settings


def read_worker_settings(reader: SettingsReader) -> WorkerSettings:
    """Read the settings of the worker. Raises ConfigurationError naming all that is wrong."""
    concurrency = reader.integer("MAILROOM_WORKER_CONCURRENCY", 1, 32, default=4)
    settings = WorkerSettings(
        database=_database(reader, pool_size=concurrency),
        delivery=DeliverySettings(
            concurrency=concurrency,
            max_attempts=reader.integer("MAILROOM_DELIVERY_MAX_ATTEMPTS", 1, 50, default=8),
            backoff_base=reader.number("MAILROOM_DELIVERY_BACKOFF_SECONDS", 0.01, 600, default=2),
            backoff_cap=reader.number("MAILROOM_DELIVERY_BACKOFF_CAP_SECONDS", 0.01, 86400, default=900),
        ),
        ses_region=reader.text("MAILROOM_SES_REGION"),
        aws_credentials=reader.optional_secret_file("aws_credentials"),
        metrics_host=reader.text("MAILROOM_METRICS_HOST"),
        metrics_port=reader.integer("MAILROOM_WORKER_METRICS_PORT", 1, 65535),
    )
    reader.finish()
    return settings


def read_migration_settings(reader: SettingsReader) -> MigrationSettings:
    """Read the settings of `mailroom migrate`. Raises ConfigurationError naming all that is wrong."""
    settings = MigrationSettings(
        database=_database(reader),
        service_role=reader.text("MAILROOM_SERVICE_ROLE", default="mailroom"),
        lock_timeout=reader.number("MAILROOM_MIGRATION_LOCK_TIMEOUT_SECONDS", 0.05, 60, default=0.5),
        lock_patience=reader.number("MAILROOM_MIGRATION_LOCK_PATIENCE_SECONDS", 0.1, 3600, default=60),
    )
    reader.finish()
    return settings


def read_bootstrap_key(reader: SettingsReader) -> tuple[DatabaseSettings, str]:
    """Read what `mailroom keys ensure` needs: the database and the key itself."""
    database, key = _database(reader), reader.secret("bootstrap_api_key")
    reader.finish()
    return database, key


def _database(reader: SettingsReader, pool_size: int = 4) -> DatabaseSettings:
    return DatabaseSettings(
        host=reader.text("MAILROOM_DATABASE_HOST"),
        port=reader.integer("MAILROOM_DATABASE_PORT", 1, 65535),
        name=reader.text("MAILROOM_DATABASE_NAME"),
        user=reader.text("MAILROOM_DATABASE_USER"),
        password=reader.secret("database_password"),
        pool_size=reader.integer("MAILROOM_DATABASE_POOL_SIZE", 1, 64, default=pool_size),
    )


def _sender(reader: SettingsReader) -> str:
    sender = reader.text("MAILROOM_SENDER")
    if not sender:
        return sender
    try:
        return checked_sender(sender)
    except InvalidAddress as error:
        reader.complain(f"MAILROOM_SENDER is {sender!r}: {error}")
        return ""
