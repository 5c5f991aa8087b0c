"""Notices and the messages they are about, in PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from mailroom.feedback.entities import KnownMessage
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import Event

# Who takes in the same notice at the same instant waits here for the other's end.
_REMEMBER = "INSERT INTO ses_notices (id) VALUES (%(id)s) ON CONFLICT (id) DO NOTHING"
# Events refer to the message, so the lock must let them.
_SENT_AS = """
SELECT id, recipient, state, created_at FROM messages
WHERE provider_message_id = %(provider_message_id)s
ORDER BY id LIMIT 1
FOR NO KEY UPDATE
"""
_RECIPIENT = "SELECT recipient FROM messages WHERE id = %(id)s FOR NO KEY UPDATE"
_SETTLE = """
UPDATE messages SET state = %(state)s, reason = coalesce(%(reason)s, reason), updated_at = now() WHERE id = %(id)s
"""
_NOTE = """
INSERT INTO message_events (message_id, happened_at, kind, detail)
VALUES (%(message_id)s, %(happened_at)s, %(kind)s, %(detail)s)
"""
_NOTE_ONCE = """
INSERT INTO message_events (message_id, happened_at, kind, detail)
SELECT %(message_id)s, %(happened_at)s, %(kind)s, %(detail)s
WHERE NOT EXISTS (SELECT FROM message_events WHERE message_id = %(message_id)s AND kind = %(kind)s)
"""


class FeedbackRepository:
    """Notices and messages, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def remember(self, notice_id: str) -> bool:
        """Remember a notice. False where it was remembered already; waits for who is just taking it in."""
        return self._connection.execute(_REMEMBER, {"id": notice_id}).rowcount == 1

    def sent_as(self, provider_message_id: str) -> KnownMessage | None:
        """Return the message of that id at SES, kept from others until the transaction ends; or None."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_SENT_AS, {"provider_message_id": provider_message_id}).fetchone()
        return KnownMessage(**{**row, "state": State(row["state"])}) if row else None

    def recipient(self, message_id: UUID) -> str | None:
        """Return whom a message went to, keeping it from others until the transaction ends; None where it is gone."""
        row = self._connection.execute(_RECIPIENT, {"id": message_id}).fetchone()
        return row[0] if row else None

    def settle(self, message: KnownMessage, state: State, reason: str | None) -> None:
        """Put the message into a state; a reason of None leaves the one it has."""
        self._connection.execute(_SETTLE, {"id": message.id, "state": state.value, "reason": reason})

    def note(self, event: Event) -> None:
        """Add to the history of a message."""
        self._connection.execute(_NOTE, _values(event))

    def note_once(self, event: Event) -> bool:
        """Add to the history of a message that is locked, unless it has such an event. Returns whether it hadn't."""
        return self._connection.execute(_NOTE_ONCE, _values(event)).rowcount == 1


def _values(event: Event) -> dict[str, object]:
    return {
        "message_id": event.message_id,
        "happened_at": event.happened_at,
        "kind": event.kind.value,
        "detail": event.detail,
    }
