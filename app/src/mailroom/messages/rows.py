"""Rows of PostgreSQL as messages, and messages as rows."""

from __future__ import annotations

from datetime import datetime

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from mailroom.messages.entities import Message, State
from mailroom.messages.lifecycle import Event, EventKind

# All but the bodies: those of a list would be read for nothing.
COLUMNS = (
    "m.id, m.api_key_id, m.caller, m.request_id, m.sender, m.recipient, m.subject, m.state, m.created_at, "
    "m.updated_at, m.attempts, m.reason, m.provider_message_id, m.sent_at, m.send_at, m.headers, m.tags, m.template, "
    "m.template_version, m.unsubscribable, m.purged_at"
)
BODIES = "m.body_text AS text, m.body_html AS html"


def to_message(row: DictRow) -> Message:
    """Return the message of a row with COLUMNS, and BODIES where they were asked for."""
    known = {"text": "", "html": None, **row}
    return Message(**{**known, "state": State(row["state"]), "tags": tuple(row["tags"])})


def to_events(message: Message, kinds: list[str], times: list[datetime], details: list[str | None]) -> list[Event]:
    """Return the events of a message; those of a kind that only a later release knows are left out."""
    known = set(EventKind)
    return [
        Event(message.id, EventKind(kind), happened_at, detail)
        for kind, happened_at, detail in zip(kinds, times, details, strict=True)
        if kind in known
    ]


def from_message(message: Message) -> dict[str, object]:
    """Return the values of a row by the names of a message's fields."""
    return {
        "id": message.id,
        "api_key_id": message.api_key_id,
        "caller": message.caller,
        "request_id": message.request_id,
        "sender": message.sender,
        "recipient": message.recipient,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "state": message.state.value,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
        "send_at": message.send_at,
        "headers": Jsonb(dict(message.headers)),
        "tags": list(message.tags),
        "template": message.template,
        "template_version": message.template_version,
        "unsubscribable": message.unsubscribable,
    }
