"""Connections to PostgreSQL: one pool for each process, opened after the fork."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection, Cursor
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from mailroom.config import DatabaseSettings
from mailroom.errors import StorageUnavailable
from mailroom.release import current_release
from mailroom.tracing.sql import traced_cursor
from mailroom.tracing.tracer import NoTracer, Tracer

Pool = ConnectionPool[Connection[Any]]

_MILLISECONDS = 1000
_IDLE_TRANSACTION_SECONDS = 10
_LOCK_SECONDS = 2
# A connection that isn't needed for so long is given back to PostgreSQL.
_IDLE_SECONDS = 120
# Connections are renewed, so that a failover or a changed role is noticed by all of them.
_LIFETIME_SECONDS = 1800
_RECONNECT_SECONDS = 30
# A restart of PostgreSQL takes longer as a rule. Where it didn't, each connection would fail once.
_TRUSTED_SECONDS = 0.5
# No answer on a connection for so long means that the other side is gone.
_TCP_USER_TIMEOUT = 10 * _MILLISECONDS

# When each connection was given back last, by the monotonic clock.
_last_used: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()


def connection_string(settings: DatabaseSettings, component: str) -> str:
    """Return libpq's connection string. It holds the password: never log it."""
    timeouts = {
        "statement_timeout": int(settings.statement_timeout * _MILLISECONDS),
        "lock_timeout": _LOCK_SECONDS * _MILLISECONDS,
        "idle_in_transaction_session_timeout": _IDLE_TRANSACTION_SECONDS * _MILLISECONDS,
    }
    return make_conninfo(
        host=settings.host,
        port=settings.port,
        dbname=settings.name,
        user=settings.user,
        password=settings.password,
        connect_timeout=settings.connect_timeout,
        tcp_user_timeout=_TCP_USER_TIMEOUT,
        # `mailroom migrate --contract` looks for other releases by it.
        application_name=f"mailroom-{component} {current_release()}",
        options=" ".join(f"-c {name}={value}" for name, value in timeouts.items()),
    )


def open_pool(settings: DatabaseSettings, component: str, tracer: Tracer | None = None) -> Pool:
    """Return an open pool, without waiting for its first connection: the database may still be starting.

    Its threads don't survive a fork, so this is called in the process that uses it, never before.
    """
    pool: Pool = ConnectionPool(
        connection_string(settings, component),
        kwargs={"autocommit": True} | _cursors(tracer),
        min_size=1,
        max_size=settings.pool_size,
        timeout=settings.checkout_timeout,
        max_idle=_IDLE_SECONDS,
        max_lifetime=_LIFETIME_SECONDS,
        reconnect_timeout=_RECONNECT_SECONDS,
        check=_check_if_idle,
        reset=_note_use,
        num_workers=1,
        name=component,
        open=False,
    )
    pool.open(wait=False)
    return pool


def _note_use(connection: Connection[Any]) -> None:
    _last_used[connection] = time.monotonic()


def _check_if_idle(connection: Connection[Any]) -> None:
    """See whether a connection still works, unless it did so a moment ago: that costs as much as a query does."""
    if time.monotonic() - _last_used.get(connection, -_TRUSTED_SECONDS) > _TRUSTED_SECONDS:
        ConnectionPool.check_connection(connection)


def _cursors(tracer: Tracer | None) -> dict[str, type[Cursor[Any]]]:
    # psycopg's own cursors where nothing is traced: they cost nothing.
    return {} if tracer is None or isinstance(tracer, NoTracer) else {"cursor_factory": traced_cursor(tracer)}


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what psycopg raises when the database is away, too slow or full into StorageUnavailable."""
    try:
        yield
    except (
        PoolTimeout,
        PoolClosed,
        TooManyRequests,
        psycopg.OperationalError,
        psycopg.InterfaceError,
    ) as error:
        raise StorageUnavailable(f"{type(error).__name__}: {error}") from error
