"""Procrastinate's own tables and functions, kept in step with the library.

Procrastinate ships its migrations in two halves: `pre` ones work with the library before and after, `post` ones remove
what only the older library used. So a `pre` is applied at once, a `post` by the release after the one that brought it:
by then no slot runs the older library.

What takes the next job is told to read the index that has the jobs in their order. Left to itself, PostgreSQL sorts all
that wait for every one that is taken, until the next ANALYZE of a table that fills and empties within minutes: 32 jobs
a second with 20,000 waiting, instead of some 180 however many wait (tests/benchmarks/draining.py).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from procrastinate.schema import SchemaManager
from psycopg import Connection

from mailroom.errors import MigrationFailed
from mailroom.release import current_release

logger = logging.getLogger(__name__)

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS queue_migrations (
    name          text PRIMARY KEY,
    first_release text NOT NULL,
    applied_at    timestamptz
)
"""
_SEE = "INSERT INTO queue_migrations (name, first_release) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_APPLIED = "UPDATE queue_migrations SET applied_at = now() WHERE name = %s"
_ALL_APPLIED = "UPDATE queue_migrations SET applied_at = now()"
_OPEN = "SELECT name FROM queue_migrations WHERE applied_at IS NULL AND (first_release <> %s OR name !~ '_post_')"

# A newer library brings a function of another name, or replaces this one: hence after each migration, for any.
_SORTING = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'procrastinate_fetch_job')
  AND NOT coalesce(proconfig, '{}') @> '{enable_sort=off}'
"""


def migrate_queue(connection: Connection[Any]) -> int:
    """Apply what the installed Procrastinate needs, and return how many steps that were. Raises MigrationFailed."""
    release = current_release()
    files = {path.name: path for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))}
    connection.execute(_BOOKKEEPING)
    if _holds(connection, "procrastinate_jobs"):
        applied = _step(connection, files, release)
    else:
        applied = _create(connection, list(files), release)
    _take_by_index(connection)
    return applied


def _step(connection: Connection[Any], files: dict[str, Path], release: str) -> int:
    if not _holds_rows(connection):
        raise MigrationFailed("the queue's tables are there, but not by mailroom migrate: queue_migrations is empty")
    for name in files:
        connection.execute(_SEE, (name, release))
    missing = sorted(name for (name,) in connection.execute(_OPEN, (release,)).fetchall())
    for name in missing:
        if name not in files:
            continue
        with connection.transaction():
            connection.execute(files[name].read_bytes())
            connection.execute(_APPLIED, (name,))
        logger.info("queue migration applied", extra={"migration": name})
    return len(missing)


def _create(connection: Connection[Any], names: list[str], release: str) -> int:
    with connection.transaction():
        connection.execute(SchemaManager.get_schema().encode())
        for name in names:
            connection.execute(_SEE, (name, release))
        connection.execute(_ALL_APPLIED)
    logger.info("the queue's schema was created")
    return 1


def _take_by_index(connection: Connection[Any]) -> None:
    for (function,) in connection.execute(_SORTING).fetchall():
        connection.execute(f"ALTER FUNCTION {function} SET enable_sort = off".encode())


def _holds(connection: Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(row and row[0])


def _holds_rows(connection: Connection[Any]) -> bool:
    return connection.execute("SELECT 1 FROM queue_migrations LIMIT 1").fetchone() is not None
