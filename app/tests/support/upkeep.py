"""Removing what is over, and what is old enough for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from mailroom.config import RetentionSettings
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.statistics.folding import FoldingPace, FoldingService
from mailroom.upkeep.entities import Rest
from mailroom.upkeep.service import PurgePace, PurgeService

AGES = RetentionSettings().ages()


NOW = datetime.now(UTC)


OLD = NOW - timedelta(days=31)


YOUNG = NOW - timedelta(days=29)


ANCIENT = NOW - timedelta(days=401)


def purging(work: UnitOfWorkFactory, batch: int = 2) -> PurgeService:
    return PurgeService(work, AGES, lambda _: False, lambda _, __: None, PurgePace(batch=batch, pause=0))


def purge(work: UnitOfWorkFactory) -> dict[Rest, int]:
    """Purge, after telling what would go: it must be the same."""
    due = purging(work).due()
    done = purging(work).purge()
    assert done == due
    return {one.rest: one.removed for one in done if one.removed}


def fold(work: UnitOfWorkFactory) -> None:
    assert FoldingService(work, lambda _: False, lambda _: None, FoldingPace()).fold().complete


def attach(connection: Connection[Any], *messages: UUID) -> UUID:
    attachment = uuid4()
    with connection.transaction():
        connection.execute("INSERT INTO attachments VALUES (%s, 'a.txt', 'text/plain', 'a')", (attachment,))
        for message in messages:
            connection.execute(
                "INSERT INTO message_attachments SELECT %s, count(*), %s FROM message_attachments",
                (message, attachment),
            )
    return attachment
