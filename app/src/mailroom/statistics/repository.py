"""The counts in PostgreSQL, for reading. Each statement is served by one index, which a test of its plan names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from mailroom.statistics.entities import Dimension, Party, Period, Unit

_AS_OF = "SELECT folded_at FROM statistics_progress"

# statistics_days_key: one stretch of it.
_DAYS = """
SELECT day, kind, count FROM statistics_days
WHERE dimension = %(dimension)s AND key = %(key)s AND day BETWEEN %(first)s AND %(last)s
"""

# statistics_days_accepted: one stretch of it for each day, read without the table. A range of days would read the
# entries of the other dimensions too. Then statistics_days_key: one stretch for each of the first.
_TOTALS = """
WITH first AS MATERIALIZED (
    SELECT key, sum(count) AS accepted FROM statistics_days
    WHERE dimension = %(dimension)s AND day = ANY(%(days)s) AND kind = 'accepted'
    GROUP BY key ORDER BY accepted DESC, key LIMIT %(limit)s
)
SELECT key, kind, sum(count)::bigint FROM first JOIN statistics_days USING (key)
WHERE dimension = %(dimension)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY accepted, key, kind ORDER BY accepted DESC, key, kind
"""

# What had no message accepted in these days, but has heard of earlier ones. The primary key: a stretch for each day.
_TOTALS_OF_NONE_ACCEPTED = """
WITH totals AS MATERIALIZED (
    SELECT key, kind, sum(count)::bigint AS total FROM statistics_days
    WHERE day = ANY(%(days)s) AND dimension = %(dimension)s AND key <> ALL(%(known)s)
    GROUP BY key, kind
), first AS (SELECT DISTINCT key FROM totals ORDER BY key LIMIT %(limit)s)
SELECT key, kind, total FROM first JOIN totals USING (key) ORDER BY key, kind
"""

# statistics_top_first: its first entries for that unit, in their order.
_TOP = """
SELECT address, count FROM statistics_top
WHERE unit = %(unit)s AND starts_on = %(starts_on)s AND role = %(role)s
ORDER BY count DESC, address LIMIT %(limit)s
"""


class StatisticsRepository:
    """The counts, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def as_of(self) -> datetime:
        """Return up to when the counts are complete."""
        found: list[tuple[datetime]] = self._connection.execute(_AS_OF).fetchall()
        ((folded_at,),) = found
        return folded_at

    def days(self, period: Period, dimension: Dimension, key: str) -> Iterable[tuple[date, str, int]]:
        """Return day, kind and count, where there is one."""
        return self._connection.execute(
            _DAYS, {"dimension": dimension.value, "key": key, "first": period.first, "last": period.last}
        )

    def totals(self, period: Period, dimension: Dimension, limit: int) -> Iterable[tuple[str, str, int]]:
        """Return key, kind and total of the keys with the most accepted messages, in that order."""
        asked: dict[str, object] = {"dimension": dimension.value, "first": period.first, "last": period.last}
        asked |= {"days": period.days(), "limit": limit}
        found: list[tuple[str, str, int]] = self._connection.execute(_TOTALS, asked).fetchall()
        known = {key for key, _, _ in found}
        if len(known) < limit:
            asked |= {"known": list(known), "limit": limit - len(known)}
            found += self._connection.execute(_TOTALS_OF_NONE_ACCEPTED, asked).fetchall()
        return found

    def top(self, unit: Unit, starts_on: date, role: Party, limit: int) -> Iterable[tuple[str, int]]:
        """Return the addresses with the highest counts, and these, in that order."""
        return self._connection.execute(
            _TOP, {"unit": unit.value, "starts_on": starts_on, "role": role.value, "limit": limit}
        )
