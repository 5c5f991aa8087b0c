"""Messages that SES took, and feedback on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.app import create_app
from mailroom.config import FeedbackSettings, RedisSettings, WebSettings
from mailroom.ids import new_message_id
from support.databases import Database

_SENT = """
INSERT INTO messages (id, request_id, sender, recipient, subject, body_text, state, provider_message_id, created_at,
                      updated_at)
VALUES (%s, 'r', 'noreply@mailroom.test', %s, 'Hello', 'Good day.', %s, %s, now() - interval '1 day', now())
"""


@contextmanager
def client_with(
    feedback: FeedbackSettings, database: Database, redis_settings: RedisSettings, registry: CollectorRegistry
) -> Iterator[FlaskClient]:
    """Return a client of the application that takes feedback as told."""
    app = create_app(
        WebSettings(database.settings(), redis_settings, "noreply@mailroom.test", 64 * 1024, feedback=feedback),
        registry,
    )
    yield app.test_client()
    app.extensions["mailroom.close"]()


def a_sent_message(
    database: Database, mail_id: str | None, recipient: str = "Ann@example.com", state: str = "sent"
) -> UUID:
    """Store a message in a state, with SES's id of it; return its own."""
    message_id = new_message_id()
    database.rows(_SENT, message_id, recipient, state, mail_id)
    return message_id


def standing(database: Database, message_id: UUID) -> tuple[str, list[str]]:
    """Return the state of a message and the kinds of its events."""
    ((state,),) = database.rows("SELECT state FROM messages WHERE id = %s", message_id)
    events = database.rows("SELECT kind FROM message_events WHERE message_id = %s ORDER BY id", message_id)
    return state, [kind for (kind,) in events]


def listed(database: Database) -> dict[str, str]:
    """Return the suppression list: the reason of each address."""
    return dict(row[:2] for row in database.rows("SELECT address, reason FROM suppressions"))
