"""Bringing the schema up to date: files of SQL, in order, each in its own transaction.

Only one process migrates at a time (an advisory lock), and no statement waits long for a lock that the running release
holds (`lock_timeout`): a migration that can't get it fails and leaves everything as it was, instead of queueing every
other query behind itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, sql

from mailroom.config import MigrationSettings
from mailroom.db.pool import connection_string
from mailroom.db.queue_schema import migrate_queue
from mailroom.db.schema import Migration
from mailroom.errors import MigrationFailed
from mailroom.release import current_release

logger = logging.getLogger(__name__)

# "mailroom" in ASCII: any number would do, as long as every release uses the same.
_ADVISORY_LOCK = 0x6D61696C726F6F6D
_LOCK_WAIT_SECONDS = 60

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    release    text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_RECORD = "INSERT INTO schema_migrations (version, name, checksum, release) VALUES (%s, %s, %s, %s)"
_DATA_TABLES = ("api_keys", "messages")
# As regprocedure writes them: with their arguments, and quoted where needed. Those of extensions belong to others.
_OWN_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
"""
_QUEUE_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%'"
_BOOKS = ("schema_migrations", "queue_migrations")


def migrate(settings: MigrationSettings, migrations: list[Migration]) -> int:
    """Apply what is missing and return how many files that were. Raises MigrationFailed."""
    with _connection(settings) as connection, _alone(connection):
        _set_lock_timeout(connection, settings.lock_timeout)
        with _named("schema_migrations"):
            connection.execute(_BOOKKEEPING)
        with _named("the queue's schema"):
            applied = migrate_queue(connection)
        applied += _apply_missing(connection, migrations)
        with _named(f"the grants to {settings.service_role}"):
            _grant(connection, settings.service_role)
    logger.info("the schema is up to date", extra={"version": migrations[-1].version, "applied": applied})
    return applied


def _apply_missing(connection: Connection[Any], migrations: list[Migration]) -> int:
    known = dict(connection.execute("SELECT version, checksum FROM schema_migrations").fetchall())
    applied = 0
    for migration in migrations:
        if migration.version in known:
            if known[migration.version] != migration.checksum:
                raise MigrationFailed(
                    f"{migration.name} was changed after it was applied: write a new migration instead"
                )
            continue
        with _named(migration.name), connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(_RECORD, (migration.version, migration.name, migration.checksum, current_release()))
        logger.info("migration applied", extra={"migration": migration.name})
        applied += 1
    return applied


def _grant(connection: Connection[Any], role: str) -> None:
    """Let the service's role read and write data, and no more; without effect where there is no such role."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        logger.warning("the service's role doesn't exist: nothing was granted", extra={"role": role})
        return
    grantee = sql.Identifier(role)
    queue_tables = [name for (name,) in connection.execute(_QUEUE_TABLES).fetchall()]
    with connection.transaction():
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(grantee))
        connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(grantee))
        for (function,) in connection.execute(_OWN_FUNCTIONS).fetchall():
            connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), grantee))
        for table in (*_DATA_TABLES, *queue_tables):
            connection.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(sql.Identifier(table), grantee)
            )
        for table in _BOOKS:
            name = sql.Identifier(table)
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, grantee))
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, grantee))


@contextmanager
def _connection(settings: MigrationSettings) -> Iterator[Connection[Any]]:
    try:
        connection = psycopg.connect(connection_string(settings.database, "migrate"), autocommit=True)
    except psycopg.Error as error:
        raise MigrationFailed(f"the database can't be reached: {_said(error)}") from error
    with connection:
        # Building an index takes as long as it takes.
        connection.execute("SET statement_timeout = 0")
        yield connection


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[None]:
    _set_lock_timeout(connection, _LOCK_WAIT_SECONDS)
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationFailed(f"another migration is running: waited {_LOCK_WAIT_SECONDS} s for it to end") from error
    # The lock ends with the session, whatever happens.
    yield


def _set_lock_timeout(connection: Connection[Any], seconds: float) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{int(seconds * 1000)}ms",))


@contextmanager
def _named(step: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationFailed(
            f"{step}: somebody holds a lock that it needs, and lock_timeout passed: {_said(error)}"
        ) from error
    except psycopg.Error as error:
        raise MigrationFailed(f"{step}: {_said(error)}") from error


def _said(error: psycopg.Error) -> str:
    """Return the database's own message on one line, with its hint where there is one."""
    primary = error.diag.message_primary or " ".join(str(error).split())
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return primary + hint
