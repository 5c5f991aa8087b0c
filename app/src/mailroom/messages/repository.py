"""Messages in PostgreSQL, as callers know them: accepted, listed, shown, cancelled, tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from psycopg.rows import DictRow, dict_row

from mailroom.messages.deliveries import Deliveries
from mailroom.messages.entities import Attachment, Message, State
from mailroom.messages.lifecycle import Event, EventKind, before
from mailroom.messages.listing import Filters, listing
from mailroom.messages.rows import COLUMNS, from_message, to_events, to_message

# One statement a message, so that all that belongs to it takes one way to the server and back.
_ADD = """
WITH message AS (
    INSERT INTO messages (id, api_key_id, caller, request_id, sender, recipient, subject, body_text, body_html, state,
                          created_at, updated_at, send_at, headers, tags, template, template_version, unsubscribable)
    VALUES (%(id)s, %(api_key_id)s, %(caller)s, %(request_id)s, %(sender)s, %(recipient)s, %(subject)s, %(text)s,
            %(html)s, %(state)s, %(created_at)s, %(updated_at)s, %(send_at)s, %(headers)s, %(tags)s, %(template)s,
            %(template_version)s, %(unsubscribable)s)
    RETURNING id, tags
), tagged AS (
    INSERT INTO message_tags (tag, message_id) SELECT unnest(tags), id FROM message
)
INSERT INTO message_events (message_id, kind) SELECT id, 'accepted' FROM message
"""
_ADD_FILE = """
INSERT INTO attachments (id, filename, content_type, content)
VALUES (%(id)s, %(filename)s, %(content_type)s, %(content)s)
"""
_ATTACH = "INSERT INTO message_attachments (message_id, position, attachment_id) VALUES (%s, %s, %s)"
_GET = f"SELECT {COLUMNS} FROM messages m WHERE m.id = %(id)s"  # noqa: S608 - of constants
_HISTORY = f"""
SELECT {COLUMNS}, e.kinds, e.times, e.details
FROM messages m CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(kind ORDER BY id), '{{}}') AS kinds,
           coalesce(array_agg(happened_at ORDER BY id), '{{}}') AS times,
           coalesce(array_agg(detail ORDER BY id), '{{}}') AS details
    FROM message_events WHERE message_id = m.id
) e
WHERE m.id = %(id)s
"""  # noqa: S608 - of constants
_CHANGE = """
WITH changed AS (
    UPDATE messages SET state = %(state)s, updated_at = now(),
        attempts = CASE WHEN %(state)s = 'queued' THEN 0 ELSE attempts END,
        reason = CASE WHEN %(state)s = 'queued' THEN NULL ELSE reason END,
        send_at = CASE WHEN %(state)s = 'queued' THEN now() ELSE send_at END
    WHERE id = %(id)s AND state = ANY(%(before)s) AND purged_at IS NULL
    RETURNING id
)
INSERT INTO message_events (message_id, kind) SELECT id, %(kind)s FROM changed RETURNING message_id
"""


class MessageRepository(Deliveries):
    """Messages, seen through one connection; the caller owns the transaction."""

    def add(self, message: Message) -> None:
        """Store a new message."""
        self.add_all([message])

    def add_all(self, messages: Sequence[Message]) -> None:
        """Store new messages; of files that several have in common, one."""
        with self._connection.cursor() as cursor:
            if len(messages) == 1:
                # The other way costs another round trip.
                cursor.execute(_ADD, from_message(messages[0]))
            else:
                cursor.executemany(_ADD, [from_message(message) for message in messages])
        if any(message.attachments for message in messages):
            self._attach(messages)

    def get(self, message_id: UUID) -> Message | None:
        """Return the message without its bodies, or None."""
        found = self._all(_GET, {"id": message_id})
        return to_message(found[0]) if found else None

    def history(self, message_id: UUID) -> tuple[Message, list[Event]] | None:
        """Return the message without its bodies, with what happened to it, oldest first; or None."""
        found = self._all(_HISTORY, {"id": message_id})
        if not found:
            return None
        row = found[0]
        kinds, times, details = row.pop("kinds"), row.pop("times"), row.pop("details")
        message = to_message(row)
        return message, to_events(message, kinds, times, details)

    def page(self, filters: Filters, limit: int) -> list[Message]:
        """Return messages without their bodies, newest first."""
        return [to_message(row) for row in self._all(*listing(COLUMNS, filters, limit))]

    def cancel(self, message_id: UUID) -> bool:
        """Cancel the message where it waits to be sent. Returns whether it did."""
        return self._change(message_id, State.CANCELLED, before(State.CANCELLED), EventKind.CANCELLED)

    def retry(self, message_id: UUID) -> bool:
        """Put the message among the queued where it has failed and has its bodies yet. Returns whether it did."""
        return self._change(message_id, State.QUEUED, before(State.QUEUED) & {State.FAILED}, EventKind.RETRIED)

    def _change(self, message_id: UUID, state: State, earlier: frozenset[State], kind: EventKind) -> bool:
        values = {"id": message_id, "state": state.value, "before": sorted(earlier), "kind": kind.value}
        return bool(self._all(_CHANGE, values))

    def _attach(self, messages: Sequence[Message]) -> None:
        ids: dict[Attachment, UUID] = {}
        for message in messages:
            for one in message.attachments:
                ids.setdefault(one, uuid4())
        files = [
            {"id": key, "filename": one.filename, "content_type": one.content_type, "content": one.content}
            for one, key in ids.items()
        ]
        attached = [
            (message.id, position, ids[one]) for message in messages for position, one in enumerate(message.attachments)
        ]
        with self._connection.cursor() as cursor:
            cursor.executemany(_ADD_FILE, files)
            cursor.executemany(_ATTACH, attached)

    def _all(self, statement: str, values: Mapping[str, object]) -> list[DictRow]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()
