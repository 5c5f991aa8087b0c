"""What the worker is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.config.database import DatabaseSettings, read_database
from mailroom.config.tracing import read_tracing
from mailroom.config.transport import TransportSettings, read_transport
from mailroom.config.unsubscribing import UnsubscribeSettings, read_unsubscribing
from mailroom.config.upkeep import RetentionSettings, read_retention
from mailroom.settings import SettingsReader

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How hard to try: messages in hand at once, attempts in all, first and longest pause between them (seconds).

    After `max_age` seconds a message is given up. The breaker opens after so many failures in a row, for so many
    seconds. `rate` is in messages a second of all workers together; None where the transport's own quota holds.
    """

    concurrency: int
    max_attempts: int
    backoff_base: float
    backoff_cap: float
    max_age: float = 72 * _HOUR
    breaker_failures: int = 10
    breaker_open: float = 30.0
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """All that the worker needs. `unsubscribing` is None where mails carry no link for it."""

    database: DatabaseSettings
    delivery: DeliverySettings
    transport: TransportSettings
    unsubscribing: UnsubscribeSettings | None
    metrics_host: str
    metrics_port: int
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    tracing: str | None = None


def read_worker_settings(reader: SettingsReader) -> WorkerSettings:
    """Read the settings of the worker. Raises ConfigurationError naming all that is wrong."""
    concurrency = reader.integer("MAILROOM_WORKER_CONCURRENCY", 1, 32, default=4)
    settings = WorkerSettings(
        database=read_database(reader, pool_size=concurrency),
        delivery=_read_delivery(reader, concurrency),
        transport=read_transport(reader),
        unsubscribing=read_unsubscribing(reader),
        metrics_host=reader.text("MAILROOM_METRICS_HOST"),
        metrics_port=reader.integer("MAILROOM_WORKER_METRICS_PORT", 1, 65535),
        retention=read_retention(reader),
        tracing=read_tracing(reader),
    )
    reader.finish()
    return settings


def _read_delivery(reader: SettingsReader, concurrency: int) -> DeliverySettings:
    # 0 is no rate: without one, what the transport says of itself holds.
    rate = reader.number("MAILROOM_DELIVERY_RATE", 0, 10_000, default=0)
    return DeliverySettings(
        concurrency=concurrency,
        max_attempts=reader.integer("MAILROOM_DELIVERY_MAX_ATTEMPTS", 1, 50, default=8),
        backoff_base=reader.number("MAILROOM_DELIVERY_BACKOFF_SECONDS", 0.01, 600, default=2),
        backoff_cap=reader.number("MAILROOM_DELIVERY_BACKOFF_CAP_SECONDS", 0.01, 86400, default=900),
        max_age=_HOUR * reader.number("MAILROOM_DELIVERY_MAX_AGE_HOURS", 0.01, 24 * 14, default=72),
        breaker_failures=reader.integer("MAILROOM_BREAKER_FAILURES", 1, 1000, default=10),
        breaker_open=reader.number("MAILROOM_BREAKER_OPEN_SECONDS", 0.1, 3600, default=30),
        rate=rate or None,
    )
