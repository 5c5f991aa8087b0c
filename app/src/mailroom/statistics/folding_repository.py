"""Folding in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection

from mailroom.statistics.folding import Batch, Frontier

_SEEN = "SELECT coalesce(max(id), 0), now() FROM message_events"
# Asked for in a statement of its own, after the ids were seen: whoever holds a lower id has a lower number.
_NUMBER = "SELECT pg_current_xact_id()::text::bigint"
_SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %(transaction)s"

# Whoever holds this row folds.
_MARK = "SELECT folded_to FROM statistics_progress FOR UPDATE SKIP LOCKED"
_NEXT = """
SELECT count(*), max(id) FROM (
    SELECT id FROM message_events WHERE id > %(after)s AND id <= %(last)s ORDER BY id LIMIT %(at_most)s
) AS batch
"""
_MOVE = "UPDATE statistics_progress SET folded_to = %(to)s"
_COMPLETE = "UPDATE statistics_progress SET folded_at = greatest(folded_at, %(drawn_at)s)"

# A domain follows the last @: a local part may hold one, in quotes. All rows are written in the order of the keys.
_COUNT_DAYS = """
INSERT INTO statistics_days (day, dimension, key, kind, count)
SELECT (event.happened_at AT TIME ZONE 'UTC')::date, of.dimension, of.key, event.kind, count(*)
FROM message_events AS event
JOIN messages AS message ON message.id = event.message_id
CROSS JOIN LATERAL (
    SELECT 'all', ''
    UNION ALL SELECT 'domain', lower(substring(message.recipient FROM '[^@]*$'))
    UNION ALL SELECT DISTINCT 'tag', unnest(message.tags)
) AS of (dimension, key)
WHERE event.id > %(after)s AND event.id <= %(to)s
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (day, dimension, key, kind) DO UPDATE SET count = statistics_days.count + excluded.count
"""

# A sender may be `Name <address>`. Only what was sent is counted: a mail that was suppressed reached nobody.
_COUNT_TOP = """
INSERT INTO statistics_top (unit, starts_on, role, address, count)
SELECT of.unit, date_trunc(of.unit, event.happened_at AT TIME ZONE 'UTC')::date, who.role, who.address, count(*)
FROM message_events AS event
JOIN messages AS message ON message.id = event.message_id
CROSS JOIN LATERAL (VALUES
    ('recipient', lower(message.recipient)),
    ('sender', lower(coalesce(substring(message.sender FROM '<([^<>]*)>$'), message.sender)))
) AS who (role, address)
CROSS JOIN (VALUES ('day'), ('week'), ('month'), ('year')) AS of (unit)
WHERE event.id > %(after)s AND event.id <= %(to)s AND event.kind = 'sent'
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (unit, starts_on, role, address) DO UPDATE SET count = statistics_top.count + excluded.count
"""


class FoldingRepository:
    """Events and counts, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def draw_frontier(self) -> Frontier:
        """Return the frontier as it is now."""
        last, drawn_at = self._one(_SEEN)
        (transaction,) = self._one(_NUMBER)
        return Frontier(last, transaction, drawn_at)

    def is_settled(self, frontier: Frontier) -> bool:
        """Tell whether all have ended that may hold an id before the frontier."""
        (settled,) = self._one(_SETTLED, transaction=frontier.transaction)
        return bool(settled)

    def fold(self, frontier: Frontier, at_most: int) -> Batch | None:
        """Count the next events up to a settled frontier and move the mark. None while another does."""
        mark = self._connection.execute(_MARK).fetchone()
        if mark is None:
            return None
        (after,) = mark
        events, to = self._one(_NEXT, after=after, last=frontier.last, at_most=at_most)
        if events:
            self._run(_COUNT_DAYS, after=after, to=to)
            self._run(_COUNT_TOP, after=after, to=to)
            self._run(_MOVE, to=to)
        if last := events < at_most:
            self._run(_COMPLETE, drawn_at=frontier.drawn_at)
        return Batch(events, last)

    def _one(self, statement: LiteralString, **values: int) -> tuple[Any, ...]:
        (row,) = self._run(statement, **values).fetchall()
        return tuple(row)

    def _run(self, statement: LiteralString, **values: int | datetime) -> Any:  # noqa: ANN401 - a cursor of any rows
        # Planned each time for the ids it is about. A plan for any ids would think of a share of the whole table, and
        # read it all.
        return self._connection.execute(statement, values, prepare=False)
