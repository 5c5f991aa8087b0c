"""What is over, in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, LiteralString

from psycopg import Connection, sql

from mailroom.upkeep.entities import Ages, Batch, Measures, Place, Rest
from mailroom.upkeep.statements import STATEMENTS, Statements, Walk

_SECONDS = sql.SQL("SELECT coalesce(greatest(extract(epoch FROM now() - ({oldest})), 0), 0)::float8")
_STATISTICS_AGE = sql.SQL("SELECT extract(epoch FROM now() - folded_at)::float8 FROM statistics_progress")
# There are as many users as people work with Mailroom: an index would cost more than it saves.
_USERS_ACTIVE = sql.SQL("SELECT count(*) FROM users WHERE last_login_at > now() - interval '24 hours'")


class RestRepository:
    """What is over, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def remove(self, rest: Rest, age: timedelta, at_most: int, place: Place | None) -> Batch:
        """Remove some of what is older than `age`, from a place on where it is walked through."""
        statements = STATEMENTS[rest]
        values = {"age": age, "at_most": at_most, "place": place}
        # Planned each time: a plan for any age would think of a share of the whole table, and read it all.
        cursor = self._connection.execute(_whole(statements, statements.remove), values, prepare=False)
        if not isinstance(statements, Walk):
            return Batch(cursor.rowcount, more=cursor.rowcount > 0)
        ((removed, looked_at, reached),) = cursor.fetchall()
        more = looked_at == at_most and (removed > 0 or rest is not Rest.EVENTS)
        return Batch(removed, more, reached)

    def count(self, rest: Rest, age: timedelta) -> int:
        """Return how much is older than `age`. It reads all of it."""
        statements = STATEMENTS[rest]
        return int(self._one(_whole(statements, statements.count), age))

    def measures(self, ages: Ages) -> Measures:
        """Return what is overdue, and what else only the database knows."""
        overdue = {
            rest: float(self._one(_SECONDS.format(oldest=_whole(statements, statements.oldest)), ages[rest]))
            for rest, statements in STATEMENTS.items()
            if statements.oldest is not None
        }
        return Measures(overdue, float(self._one(_STATISTICS_AGE)), int(self._one(_USERS_ACTIVE)))

    def _one(self, statement: sql.SQL | sql.Composed, age: timedelta | None = None) -> Any:  # noqa: ANN401 - of any type
        ((value,),) = self._connection.execute(statement, {"age": age}).fetchall()
        return value


def _whole(statements: Statements, part: LiteralString) -> sql.Composed:
    return sql.SQL(part).format(due=sql.SQL(statements.due))
