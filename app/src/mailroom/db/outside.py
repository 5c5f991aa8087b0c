"""Migrations outside a transaction: indexes that are built while the service goes on writing.

Such a file can be cut short between two statements, and CREATE INDEX CONCURRENTLY itself leaves an index behind then
that is kept up to date and never used (invalid). So it holds only what can be repeated, and an invalid index is dropped
before it is made again.
https://www.postgresql.org/docs/17/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

import logging
import re
from typing import Any

from psycopg import Connection

from mailroom.db.schema import Migration
from mailroom.errors import MigrationFailed

logger = logging.getLogger(__name__)

_CREATE = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+(?P<name>[\w\".]+)\s+ON\b", re.IGNORECASE
)
_DROP = re.compile(r"DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS\b", re.IGNORECASE)
_PIECE = re.compile(r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<kept>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[^;])|;", re.DOTALL)
_INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def run_outside(connection: Connection[Any], migration: Migration) -> None:
    """Run the statements of a file one by one. Raises MigrationFailed for one that can't be repeated."""
    for statement in repeatable_statements(migration):
        created = _CREATE.match(statement)
        if created and connection.execute(_INVALID, (created["name"],)).fetchone():
            logger.warning("an index that was left half built is dropped", extra={"index": created["name"]})
            connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {created['name']}".encode())
        connection.execute(statement.encode())


def repeatable_statements(migration: Migration) -> list[str]:
    """Return the statements of a file, without comments. Raises MigrationFailed for one that can't be repeated."""
    statements = [""]
    for piece in _PIECE.finditer(migration.sql):
        if piece["kept"] is not None:
            statements[-1] += piece["kept"]
        elif piece["comment"] is None:
            statements.append("")
    found = [statement.strip() for statement in statements if statement.strip()]
    for statement in found:
        if not (_CREATE.match(statement) or _DROP.match(statement)):
            raise MigrationFailed(
                f"{migration.name}: outside a transaction only CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON … and "
                f"DROP INDEX CONCURRENTLY IF EXISTS name can be repeated after a crash; this can't: {statement[:60]}"
            )
    return found
