"""Messages in PostgreSQL, as the worker takes and settles them. Each change notes what happened, in one statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from mailroom.messages.entities import Attachment, Message, State
from mailroom.messages.lifecycle import EventKind, before
from mailroom.messages.rows import BODIES, COLUMNS, to_message

# Whether a state may follow is asked in the statement itself: of two at the same instant, the second sees what the
# first has made of the message.
_TAKE = f"""
UPDATE messages m
SET state = 'sending', attempts = m.attempts + 1, updated_at = now()
WHERE m.id = %(id)s AND m.state = ANY(%(before)s) AND (m.state <> 'scheduled' OR m.send_at <= now())
RETURNING {COLUMNS}, {BODIES}, EXISTS (SELECT 1 FROM message_attachments a WHERE a.message_id = m.id) AS has_files
"""  # noqa: S608 - of constants
_FILES = """
SELECT f.filename, f.content_type, f.content
FROM message_attachments a JOIN attachments f ON f.id = a.attachment_id
WHERE a.message_id = %(id)s ORDER BY a.position
"""
_SETTLE = """
WITH settled AS (
    UPDATE messages
    SET state = %(state)s, reason = %(reason)s, updated_at = now(),
        provider_message_id = coalesce(%(provider_message_id)s, provider_message_id),
        sent_at = CASE WHEN %(state)s = 'sent' THEN now() ELSE sent_at END
    WHERE id = %(id)s AND state = ANY(%(before)s)
    RETURNING id
)
INSERT INTO message_events (message_id, kind, detail) SELECT id, %(kind)s, %(reason)s FROM settled
"""
_GIVE_BACK = """
UPDATE messages
SET state = 'queued', attempts = greatest(attempts - 1, 0), reason = %(reason)s, updated_at = now()
WHERE id = %(id)s AND state = 'sending'
"""
_NOTE = """
UPDATE messages SET reason = %(reason)s, updated_at = now()
WHERE id = %(id)s AND state = 'queued' AND reason IS DISTINCT FROM %(reason)s
"""
# To be queued again by hand sets `send_at`.
_WAITS_SINCE = "SELECT greatest(created_at, send_at) FROM messages WHERE id = %(id)s"
# A worker of the release before knows nothing of `scheduled`: it takes the job of such a message for done. Two minutes,
# so that whoever has the job in hand is done with it. Of two who look at the same instant, the second finds none left.
_TAKE_FORGOTTEN = """
UPDATE messages SET state = 'queued', updated_at = now()
WHERE state = 'scheduled' AND id IN (
    SELECT id FROM messages
    WHERE state = 'scheduled' AND send_at < now() - interval '2 minutes'
    ORDER BY send_at LIMIT %(limit)s
) AND NOT EXISTS (
    SELECT FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND args ->> 'message_id' = messages.id::text
)
RETURNING id, request_id
"""
# One that was to be sent later, or was queued again by hand, waits from then on.
_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(since)), 0)::float8
FROM (
    SELECT greatest(created_at, send_at) AS since FROM messages WHERE state IN ('queued', 'sending')
    UNION ALL
    SELECT send_at FROM messages WHERE state = 'scheduled' AND send_at <= now()
) AS waiting
"""


class Deliveries:
    """Messages, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def take(self, message_id: UUID) -> Message | None:
        """Mark the message as being sent and count the attempt. None where it isn't due, or nothing is left to do."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_TAKE, {"id": message_id, "before": _before(State.SENDING)}).fetchone()
        if row is None:
            return None
        has_files = row.pop("has_files")
        message = to_message(row)
        return replace(message, attachments=self._files(message_id)) if has_files else message

    def mark_sent(self, message_id: UUID, provider_message_id: str) -> None:
        """Record that the transport took the message, whatever was made of it meanwhile."""
        self._settle(message_id, State.SENT, EventKind.SENT, None, provider_message_id)

    def mark_waiting(self, message_id: UUID, reason: str) -> None:
        """Put the message that is in hand back among the queued, with the reason why it wasn't sent yet."""
        self._settle(message_id, State.QUEUED, EventKind.POSTPONED, reason)

    def mark_failed(self, message_id: UUID, reason: str) -> None:
        """Record that the message that is in hand won't be sent, and why."""
        self._settle(message_id, State.FAILED, EventKind.FAILED, reason)

    def mark_suppressed(self, message_id: UUID, reason: str) -> None:
        """Record that the message that is in hand isn't to be sent, since its recipient gets no mail, and why."""
        self._settle(message_id, State.SUPPRESSED, EventKind.SUPPRESSED, reason)

    def give_back(self, message_id: UUID, reason: str) -> None:
        """Put a message that was taken back among the queued, as if that attempt had not been."""
        self._connection.execute(_GIVE_BACK, {"id": message_id, "reason": reason})

    def note(self, message_id: UUID, reason: str) -> None:
        """Note why a queued message isn't sent yet. Without effect on any other."""
        self._connection.execute(_NOTE, {"id": message_id, "reason": reason})

    def waits_since(self, message_id: UUID) -> datetime | None:
        """Return when the message was to be sent: accepted, due or last queued again by hand. None where it is gone."""
        row = self._connection.execute(_WAITS_SINCE, {"id": message_id}).fetchone()
        return row[0] if row else None

    def take_forgotten(self, limit: int) -> list[tuple[UUID, str]]:
        """Put messages that are due and have no job among the queued; return ids with the request ids that follow them.

        Who calls it queues their jobs in the same transaction.
        """
        return self._connection.execute(_TAKE_FORGOTTEN, {"limit": limit}).fetchall()

    def waiting(self) -> tuple[int, float]:
        """Return how many messages are due and not delivered yet, and how long the oldest is due, in seconds."""
        row = self._connection.execute(_WAITING).fetchone()
        return (row[0], row[1]) if row else (0, 0.0)

    def _settle(
        self,
        message_id: UUID,
        state: State,
        kind: EventKind,
        reason: str | None,
        provider_message_id: str | None = None,
    ) -> None:
        earlier = before(state) & {State.SENDING} if state is State.QUEUED else before(state)
        self._connection.execute(
            _SETTLE,
            {
                "id": message_id,
                "state": state.value,
                "kind": kind.value,
                "reason": reason,
                "provider_message_id": provider_message_id,
                "before": sorted(earlier),
            },
        )

    def _files(self, message_id: UUID) -> tuple[Attachment, ...]:
        with self._connection.cursor(row_factory=class_row(Attachment)) as cursor:
            return tuple(cursor.execute(_FILES, {"id": message_id}).fetchall())


def _before(state: State) -> list[str]:
    return sorted(before(state))
