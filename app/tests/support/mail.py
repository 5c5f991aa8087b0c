"""Messages and their events, written by SQL as all the parts that write them would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.ids import new_message_id
from support.databases import Database

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

_MESSAGE = """
INSERT INTO messages (id, request_id, sender, recipient, subject, body_text, body_html, headers, state, tags,
                      created_at, updated_at, send_at)
VALUES (%(id)s, 'test', %(sender)s, %(recipient)s, 'Hello', 'Good day.', '<p>', '{"X-A": "b"}', %(state)s, %(tags)s,
        %(created_at)s, %(created_at)s, %(send_at)s)
"""
_EVENT = "INSERT INTO message_events (message_id, kind, happened_at) VALUES (%s, %s, %s)"


@contextmanager
def work_on(database: Database) -> Iterator[UnitOfWorkFactory]:
    """Open units of work on a database, as the service's processes do."""
    with open_pool(database.settings(), "test") as pool:
        yield units_of_work(pool, deferring_app())


def add_message(  # noqa: PLR0913 - each says one thing of the message
    connection: Connection[Any],
    recipient: str = "ann@example.com",
    *,
    sender: str = "noreply@mailroom.test",
    tags: Sequence[str] = (),
    state: str = "sent",
    created_at: datetime = NOON,
    send_at: datetime | None = None,
) -> UUID:
    """Store a message without events; return its id."""
    values = {"recipient": recipient, "sender": sender, "tags": list(tags), "state": state}
    message_id = new_message_id()
    connection.execute(_MESSAGE, {**values, "id": message_id, "created_at": created_at, "send_at": send_at})
    return message_id


def add_event(connection: Connection[Any], message_id: UUID, kind: str, happened_at: datetime = NOON) -> None:
    """Store an event of a message."""
    connection.execute(_EVENT, (message_id, kind, happened_at))
