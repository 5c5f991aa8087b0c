"""Folding, and what it must come to."""

from __future__ import annotations

from datetime import date

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.statistics.folding import FoldingPace, FoldingService
from support.databases import Database

AT_ONCE = FoldingPace(patience=0)


def folding(work: UnitOfWorkFactory, pace: FoldingPace = AT_ONCE) -> FoldingService:
    return FoldingService(work, lambda _: False, lambda _: None, pace)


def all_counted(database: Database) -> dict[tuple[date, str], int]:
    rows = database.rows("SELECT day, kind, count FROM statistics_days WHERE dimension = 'all'")
    return {(day, kind): count for day, kind, count in rows}


def counted(database: Database, kind: str = "sent") -> int:
    return sum(count for (_, one), count in all_counted(database).items() if one == kind)


def expected(database: Database) -> dict[tuple[str, str, str, str], int]:
    """Return what a plain GROUP BY over the events says, of all three dimensions."""
    rows = database.rows(
        """
        SELECT dimension, key, to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), kind, count(*) FROM (
            SELECT 'all' AS dimension, '' AS key, happened_at, kind FROM message_events
            UNION ALL
            SELECT 'domain', split_part(recipient, '@', 2), happened_at, kind
            FROM message_events JOIN messages ON messages.id = message_id
            UNION ALL
            SELECT 'tag', tag, happened_at, kind
            FROM message_events JOIN messages ON messages.id = message_id CROSS JOIN unnest(tags) AS tag
        ) AS plain GROUP BY 1, 2, 3, 4
        """
    )
    return {(dimension, key, day, kind): count for dimension, key, day, kind, count in rows}


def found(database: Database) -> dict[tuple[str, str, str, str], int]:
    rows = database.rows("SELECT dimension, key, day::text, kind, count FROM statistics_days")
    return {(dimension, key, day, kind): count for dimension, key, day, kind, count in rows}
