"""The handler that Mailroom is compared to: Flask, psycopg and the query of `GET /api/v1/messages/ID`, no more.

In a copy of Mailroom this file becomes `mailroom/bare.py`, so that both run in the same gunicorn; here nobody imports
it. It knows no callers, counts nobody, measures and logs nothing, and makes JSON of whatever PostgreSQL tells.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from mailroom.config import read_web_settings
from mailroom.db.pool import connection_string
from mailroom.settings import SettingsReader

PATH = "/bare/"
QUERY = """
SELECT m.id, m.state, m.recipient, m.sender, m.subject, m.attempts, m.reason, m.provider_message_id, m.request_id,
       m.caller, m.created_at, m.updated_at, m.sent_at, m.send_at, m.tags, m.headers, m.template, m.template_version,
       e.kinds, e.times, e.details
FROM messages m CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(kind ORDER BY id), '{}') AS kinds,
           coalesce(array_agg(happened_at ORDER BY id), '{}') AS times,
           coalesce(array_agg(detail ORDER BY id), '{}') AS details
    FROM message_events WHERE message_id = m.id
) e
WHERE m.id = %s
"""
Wsgi = Callable[..., Iterable[bytes]]


def serve_beside(mailroom: Flask) -> None:
    """Answer below PATH without Mailroom."""
    bare, whole = bare_app(), mailroom.wsgi_app

    def chosen(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        serve: Wsgi = bare if environ["PATH_INFO"].startswith(PATH) else whole
        return serve(environ, start_response)

    mailroom.wsgi_app = chosen  # type: ignore[method-assign]  # as Flask's own documentation wraps it


def bare_app() -> Flask:
    """Return the application that has this one handler."""
    settings = read_web_settings(SettingsReader(os.environ)).database
    pool: ConnectionPool[Any] = ConnectionPool(
        connection_string(settings, "bare"), min_size=1, max_size=4, kwargs={"row_factory": dict_row}, open=True
    )
    app = Flask("bare")

    @app.get(f"{PATH}<message_id>")
    def show(message_id: str) -> Response:
        with pool.connection() as connection:
            row = connection.execute(QUERY, (UUID(message_id),)).fetchone()
        return jsonify(row)

    return app
