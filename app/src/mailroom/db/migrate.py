"""Bringing the schema up to date: files of SQL, in order, each in its own transaction, or marked to be outside of one.

Only one process migrates at a time (an advisory lock). Contract steps, which remove what no release needs any more, are
left alone here: see `contract`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from mailroom.config import MigrationSettings
from mailroom.db.grants import grant
from mailroom.db.locks import LockPatience
from mailroom.db.outside import run_outside
from mailroom.db.pool import connection_string
from mailroom.db.queue_schema import migrate_queue
from mailroom.db.schema import Migration, is_contract
from mailroom.errors import MigrationFailed
from mailroom.release import current_release

logger = logging.getLogger(__name__)

# "mailroom" in ASCII: any number would do, as long as every release uses the same.
_ADVISORY_LOCK = 0x6D61696C726F6F6D
_LOCK_WAIT_SECONDS = 60
_LOCK_LOOK_SECONDS = 0.2

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
_APPLIED = "SELECT version, name, checksum, release, applied_at::date::text FROM schema_migrations ORDER BY version"


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that was applied: by which release, and on which day."""

    version: int
    name: str
    checksum: str
    release: str
    day: str


def migrate(settings: MigrationSettings, migrations: list[Migration]) -> int:
    """Apply what is missing, but no contract step, and return how many files that were. Raises MigrationFailed."""
    with migrating(settings) as (connection, patience):
        with named("schema_migrations"):
            patience.run("schema_migrations", lambda: connection.execute(_BOOKKEEPING))
            known = patience.run("schema_migrations", lambda: applied_migrations(connection, migrations))
        _refuse_contracted(known, migrations)
        with named("the queue's schema"):
            applied = patience.run("the queue's schema", lambda: migrate_queue(connection))
        missing = [one for one in migrations if one.version not in known and not one.contract]
        for migration in missing:
            apply(connection, patience, migration)
        step = f"the grants to {settings.service_role}"
        with named(step):
            patience.run(step, lambda: grant(connection, settings.service_role))
    applied += len(missing)
    logger.info("the schema is up to date", extra={"version": migrations[-1].version, "applied": applied})
    return applied


def apply(connection: Connection[Any], patience: LockPatience, migration: Migration) -> None:
    """Apply one file and record it. Raises MigrationFailed."""
    record = (migration.version, migration.name, migration.checksum, current_release())

    def in_a_transaction() -> None:
        with connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(_RECORD, record)

    def outside() -> None:
        run_outside(connection, migration)
        connection.execute(_RECORD, record)

    with named(migration.name):
        if migration.outside:
            # Nobody who reads or writes queues behind it: it may wait as long as there is patience.
            patience.run(migration.name, outside, wait=patience.longest)
        else:
            patience.run(migration.name, in_a_transaction)
    logger.info("migration applied", extra={"migration": migration.name})


def applied_migrations(connection: Connection[Any], migrations: list[Migration]) -> dict[int, Applied]:
    """Return what was applied, by version. Raises MigrationFailed where one of ours was another file then."""
    known = {row[0]: Applied(*row) for row in connection.execute(_APPLIED).fetchall()}
    for migration in migrations:
        if migration.version in known and known[migration.version].checksum != migration.checksum:
            raise MigrationFailed(f"{migration.name} was changed after it was applied: write a new migration instead")
    return known


def _refuse_contracted(known: dict[int, Applied], migrations: list[Migration]) -> None:
    shipped = {migration.version for migration in migrations}
    for one in known.values():
        if is_contract(one.name) and one.version not in shipped:
            raise MigrationFailed(
                f"the schema was contracted by {one.release} on {one.day} ({one.name}), which {current_release()} "
                "doesn't know: it may need what was removed. Nothing was changed; release a newer version instead"
            )


@contextmanager
def migrating(settings: MigrationSettings) -> Iterator[tuple[Connection[Any], LockPatience]]:
    """Yield the owner's connection while no other process migrates. Raises MigrationFailed."""
    try:
        connection = psycopg.connect(connection_string(settings.database, "migrate"), autocommit=True)
    except psycopg.Error as error:
        raise MigrationFailed(f"the database can't be reached: {_said(error)}") from error
    with connection:
        # Building an index takes as long as it takes.
        connection.execute("SET statement_timeout = 0")
        _be_alone(connection)
        yield connection, LockPatience(settings, connection)


def _be_alone(connection: Connection[Any]) -> None:
    """Take the advisory lock, which ends with the session.

    A session that waits in `pg_advisory_lock` is in a transaction, and CREATE INDEX CONCURRENTLY waits for all of
    those: who held the lock and built an index would wait for the one that waits for the lock. So nobody waits there.
    """
    until = time.monotonic() + _LOCK_WAIT_SECONDS
    while connection.execute("SELECT pg_try_advisory_lock(%s)", (_ADVISORY_LOCK,)).fetchone() != (True,):
        if time.monotonic() > until:
            raise MigrationFailed(f"another migration is running: waited {_LOCK_WAIT_SECONDS} s for it to end")
        time.sleep(_LOCK_LOOK_SECONDS)


@contextmanager
def named(step: str) -> Iterator[None]:
    """Turn what the database says into MigrationFailed, with the step's name before it."""
    try:
        yield
    except psycopg.Error as error:
        raise MigrationFailed(f"{step}: {_said(error)}") from error


def _said(error: psycopg.Error) -> str:
    """Return the database's own message on one line, with its hint where there is one."""
    primary = error.diag.message_primary or " ".join(str(error).split())
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return primary + hint
