"""Messages in PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from mailroom.messages.entities import Message, State

_INSERT = """
INSERT INTO messages (id, api_key_id, request_id, sender, recipient, subject, body_text, body_html,
                      state, created_at, updated_at)
VALUES (%(id)s, %(api_key_id)s, %(request_id)s, %(sender)s, %(recipient)s, %(subject)s, %(text)s, %(html)s,
        %(state)s, %(created_at)s, %(updated_at)s)
"""

_SELECT = """
SELECT id, api_key_id, request_id, sender, recipient, subject, body_text AS text, body_html AS html,
       state, created_at, updated_at, attempts, reason, provider_message_id, sent_at
FROM messages
WHERE id = %(id)s
"""

_TAKE = """
UPDATE messages
SET state = 'sending', attempts = attempts + 1, updated_at = now()
WHERE id = %(id)s AND state IN ('queued', 'sending')
RETURNING id, api_key_id, request_id, sender, recipient, subject, body_text AS text, body_html AS html,
          state, created_at, updated_at, attempts, reason, provider_message_id, sent_at
"""

_SENT = """
UPDATE messages
SET state = 'sent', provider_message_id = %(provider_message_id)s, reason = NULL,
    sent_at = now(), updated_at = now()
WHERE id = %(id)s
"""

_SETTLE = "UPDATE messages SET state = %(state)s, reason = %(reason)s, updated_at = now() WHERE id = %(id)s"

_WAITING = """
SELECT count(*) AS depth, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
FROM messages WHERE state IN ('queued', 'sending')
"""


class MessageRepository:
    """Messages, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def add(self, message: Message) -> None:
        """Store a new message."""
        self._connection.execute(
            _INSERT,
            {
                "id": message.id,
                "api_key_id": message.api_key_id,
                "request_id": message.request_id,
                "sender": message.sender,
                "recipient": message.recipient,
                "subject": message.subject,
                "text": message.text,
                "html": message.html,
                "state": message.state.value,
                "created_at": message.created_at,
                "updated_at": message.updated_at,
            },
        )

    def get(self, message_id: UUID) -> Message | None:
        """Return the message, or None."""
        return self._one(_SELECT, message_id)

    def take(self, message_id: UUID) -> Message | None:
        """Mark the message as being sent and count the attempt. None where it is gone, sent or failed."""
        return self._one(_TAKE, message_id)

    def mark_sent(self, message_id: UUID, provider_message_id: str) -> None:
        """Record that the transport took the message."""
        self._connection.execute(_SENT, {"id": message_id, "provider_message_id": provider_message_id})

    def mark_waiting(self, message_id: UUID, reason: str) -> None:
        """Put the message back among the queued, with the reason why it wasn't sent yet."""
        self._settle(message_id, State.QUEUED, reason)

    def mark_failed(self, message_id: UUID, reason: str) -> None:
        """Record that the message won't be sent, and why."""
        self._settle(message_id, State.FAILED, reason)

    def waiting(self) -> tuple[int, float]:
        """Return how many messages aren't delivered yet, and the age of the oldest in seconds (0 when none)."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_WAITING).fetchone()
        return (row["depth"], row["oldest"]) if row else (0, 0.0)

    def _settle(self, message_id: UUID, state: State, reason: str) -> None:
        self._connection.execute(_SETTLE, {"id": message_id, "state": state.value, "reason": reason})

    def _one(self, statement: str, message_id: UUID) -> Message | None:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(statement, {"id": message_id}).fetchone()
        return _message(row) if row else None


def _message(row: DictRow) -> Message:
    return Message(**{**row, "state": State(row["state"])})
