"""The suppression list in PostgreSQL."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row

from mailroom.suppressions.entities import Reason, Suppressed, Suppression, Wanted

_REASON_AGAINST = "SELECT reason FROM suppressions WHERE address = %(address)s"
_GET = "SELECT id, address, reason, detail, message_id, created_at FROM suppressions WHERE id = %(id)s"
_REMOVE = "DELETE FROM suppressions WHERE id = %(id)s RETURNING id, address, reason, detail, message_id, created_at"
_PAGE = """
SELECT id, address, reason, detail, message_id, created_at FROM suppressions
WHERE {conditions}
ORDER BY id DESC LIMIT %(limit)s
"""
# Only what is asked for: with conditions that may be NULL, a plan that is kept for all of them would use no index.
_CONDITIONS = {
    "after": sql.SQL("id < %(after)s"),
    "reason": sql.SQL("reason = %(reason)s"),
    "address": sql.SQL("address = %(address)s"),
}
# The entry keeps its age, and so its place in the list: who reads that page by page misses nothing.
_SUPPRESS = """
INSERT INTO suppressions AS standing (address, reason, detail, message_id)
VALUES (%(address)s, %(reason)s, %(detail)s, %(message_id)s)
ON CONFLICT (address) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, message_id = excluded.message_id
WHERE array_position(%(by_gravity)s::text[], excluded.reason) > array_position(%(by_gravity)s::text[], standing.reason)
"""


class SuppressionRepository:
    """The suppression list, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def reason_against(self, address: str) -> str | None:
        """Return why an address, in whatever case, gets no more mail; None where it gets some."""
        row = self._connection.execute(_REASON_AGAINST, {"address": address.lower()}).fetchone()
        return row[0] if row else None

    def suppress(self, suppressed: Suppressed) -> bool:
        """Put an address on the list, or give it a graver reason. Returns whether anything changed."""
        values = {
            "address": suppressed.address,
            "reason": suppressed.reason.value,
            "detail": suppressed.detail,
            "message_id": suppressed.message_id,
            "by_gravity": [reason.value for reason in Reason],
        }
        return self._connection.execute(_SUPPRESS, values).rowcount == 1

    def get(self, suppression_id: int) -> Suppression | None:
        """Return the entry, or None."""
        return self._one(_GET, {"id": suppression_id})

    def remove(self, suppression_id: int) -> Suppression | None:
        """Take an entry from the list and return it; None where there is none."""
        return self._one(_REMOVE, {"id": suppression_id})

    def page(self, wanted: Wanted) -> list[Suppression]:
        """Return entries, newest first."""
        values = {"after": wanted.after, "reason": wanted.reason, "address": wanted.address}
        conditions = [_CONDITIONS[name] for name, value in values.items() if value is not None]
        statement = sql.SQL(_PAGE).format(conditions=sql.SQL(" AND ").join(conditions or [sql.SQL("true")]))
        with self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(statement, {**values, "limit": wanted.limit}).fetchall()
        return [_suppression(row) for row in rows]

    def _one(self, statement: LiteralString, values: dict[str, object]) -> Suppression | None:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(statement, values).fetchone()
        return _suppression(row) if row else None


def _suppression(row: DictRow) -> Suppression:
    return Suppression(**{**row, "reason": Reason(row["reason"])})
