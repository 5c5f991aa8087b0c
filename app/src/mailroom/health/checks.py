"""The checks: the database with its schema, and Redis."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg
import redis
from psycopg_pool import PoolTimeout

from mailroom.config import DatabaseSettings
from mailroom.db.pool import Pool, connection_string
from mailroom.db.schema import REQUIRED_SCHEMA_VERSION, migrations_directory, shipped_migrations
from mailroom.health.service import Check, Status

logger = logging.getLogger(__name__)

_CHECKOUT_SECONDS = 1.0
_SCHEMA_VERSION = """
SELECT coalesce(max(version), 0), coalesce(max(version) FILTER (WHERE name LIKE '%.contract.sql'), 0)
FROM schema_migrations
"""
# libpq gives no code for what goes wrong before a session stands, only words.
_CONNECTION_TROUBLE = (
    ("password authentication failed", "the database refused the password"),
    ("no password supplied", "the database wants a password"),
    ("no pg_hba.conf entry", "the database doesn't let this host or role in"),
    ("does not exist", "the database or the role does not exist"),
    ("too many", "the database has no connection left"),
    ("remaining connection slots", "the database has no connection left"),
    ("Connection refused", "the database refuses connections"),
    ("No such file", "the database isn't listening"),
    ("timeout", "the database didn't answer in time"),
    ("starting up", "the database is starting"),
    ("shutting down", "the database is shutting down"),
)


def database_check(pool: Pool, settings: DatabaseSettings) -> Callable[[], Check]:
    """Return a check of the connection and of the schema: at least what this release needs, and nothing taken away."""
    shipped = shipped_migrations(migrations_directory())[-1].version

    def check() -> Check:
        try:
            with pool.connection(timeout=_CHECKOUT_SECONDS) as connection:
                row = connection.execute(_SCHEMA_VERSION).fetchone()
        except PoolTimeout:
            return Check("database", Status.FAILED, _why_no_connection(settings))
        except psycopg.errors.UndefinedTable:
            return Check("database", Status.FAILED, "the schema is missing: run mailroom migrate")
        except psycopg.Error as error:
            return Check("database", Status.FAILED, _explain(error))
        version, contracted = row or (0, 0)
        if version < REQUIRED_SCHEMA_VERSION:
            reason = (
                f"the schema has version {version}, this release needs {REQUIRED_SCHEMA_VERSION}: run mailroom migrate"
            )
            return Check("database", Status.FAILED, reason)
        if contracted > shipped:
            reason = (
                f"the schema was contracted up to version {contracted}, this release knows it up to {shipped} and may "
                "need what was removed: release a newer version"
            )
            return Check("database", Status.FAILED, reason)
        return Check("database", Status.OK)

    return check


def redis_check(client: redis.Redis) -> Callable[[], Check]:
    """Return a check of Redis. It holds only what may be lost, so its absence degrades and doesn't fail."""

    def check() -> Check:
        try:
            client.ping()
        except redis.AuthenticationError:
            return Check("redis", Status.DEGRADED, "redis refused the password")
        except (redis.RedisError, OSError) as error:
            logger.warning("redis can't be reached", extra={"error": str(error)})
            return Check("redis", Status.DEGRADED, "redis can't be reached")
        return Check("redis", Status.OK)

    return check


def _why_no_connection(settings: DatabaseSettings) -> str:
    """Connect once beside the pool: the pool only knows that it waited in vain."""
    try:
        psycopg.connect(connection_string(settings, "probe")).close()
    except psycopg.Error as error:
        return _explain(error)
    return "no connection of this process became free in time"


def _explain(error: psycopg.Error) -> str:
    text = str(error)
    logger.error("the database check failed", extra={"error": text})
    return next(
        (reason for words, reason in _CONNECTION_TROUBLE if words in text),
        "the database can't be used: see the log",
    )
