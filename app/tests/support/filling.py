"""Databases with very many messages, filled by SQL alone."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# Message number n of `total`: the later the number the younger, over `days` up to now. Few domains get most mail.
_NUMBERED = """
CREATE TEMPORARY VIEW numbered AS
SELECT n, made_at, (
        lpad(to_hex((extract(epoch FROM made_at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
        || 'a' || substr(md5(n::text), 4, 15)
    )::uuid AS id,
    'person' || n %% {people} || '@domain' || floor({domains} * power(n * 0.6180339887 %% 1, 6))::int || '.test'
        AS recipient,
    ARRAY['tag' || n %% 20, 'sort' || n %% 7] AS tags,
    CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n > {total} - 100 THEN 'queued' ELSE 'delivered' END AS state
FROM (
    SELECT n, now() - ({total} - n) * interval '1 day' * {days} / {total} AS made_at
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
) AS made
"""
_MESSAGES = """
INSERT INTO messages (id, request_id, caller, sender, recipient, subject, body_text, state, tags, attempts,
                      template, template_version, provider_message_id, created_at, updated_at, sent_at)
SELECT id, 'filled', 'key:' || n % 5, 'Mailroom <noreply' || n % 3 || '@mailroom.test>', recipient, 'Subject ' || n,
       repeat(md5(n::text), 8), state, tags, 1, 'template' || n % 100, 1, 'provider-' || n, made_at, made_at, made_at
FROM numbered ORDER BY n
"""
_TAGS = "INSERT INTO message_tags (tag, message_id) SELECT unnest(tags), id FROM numbered ORDER BY n"
_EVENTS = """
INSERT INTO message_events (message_id, happened_at, kind)
SELECT id, made_at + wait, kind FROM numbered
JOIN (VALUES ('accepted', interval '0 s', 1), ('sent', '1 s', 2), ('delivered', '5 s', 3)) AS event (kind, wait, step)
ON step = 1 OR (state = 'delivered') OR (step = 2 AND state = 'failed')
ORDER BY n, step
"""
_ATTACHMENTS = """
INSERT INTO attachments (id, filename, content_type, content)
SELECT id, 'bill.txt', 'text/plain', convert_to(repeat(md5(n::text), 8), 'UTF8') FROM numbered WHERE n % 20 = 0
"""
_LINKS = """
INSERT INTO message_attachments (message_id, position, attachment_id) SELECT id, 0, id FROM numbered WHERE n % 20 = 0
"""
# What there is besides messages, of each kind as much as the largest company of small ones may have.
_OTHERS = (
    """
    INSERT INTO users (email, name, role, password_hash, created_at)
    SELECT 'user' || n || '@mailroom.test', 'User ' || n, 'viewer', 'x', now() FROM generate_series(1, 1000) AS n
    """,
    """
    INSERT INTO api_keys (name, key_hash) SELECT 'key ' || n, sha256(n::text::bytea) FROM generate_series(1, 1000) AS n
    """,
    "INSERT INTO templates (name) SELECT 'template' || n FROM generate_series(0, 999) AS n",
    """
    INSERT INTO template_versions (template_id, version, subject, body_text, variables, created_by)
    SELECT id, version, 'Hello', repeat('Good day. ', 50), '[]', 'user:1'
    FROM templates, generate_series(1, 5) AS version
    """,
    """
    INSERT INTO suppressions (address, reason)
    SELECT 'person' || n || '@gone.test', (ARRAY['bounce', 'complaint', 'unsubscribe', 'manual'])[1 + n % 4]
    FROM generate_series(1, 100000) AS n
    """,
)
_CHUNK = 100_000


def fill(
    connection: Connection[Any], total: int, *, days: int = 365, people: int = 50_000, domains: int = 2_000
) -> None:
    """Store so many messages with tags and events, up to now. Needs an administrator: foreign keys aren't checked."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for first in range(1, total + 1, _CHUNK):
            last = min(first + _CHUNK - 1, total)
            view = _NUMBERED.format(total=total, days=days, people=people, domains=domains)
            text = view.replace("%(first)s", str(first)).replace("%(last)s", str(last)).replace("%%", "%")
            connection.execute(text.encode())
            for statement in (_MESSAGES, _TAGS, _EVENTS, _ATTACHMENTS, _LINKS):
                connection.execute(statement.encode())
            connection.execute("DROP VIEW numbered")


def fill_others(connection: Connection[Any]) -> None:
    """Store users, keys, templates with versions, and suppressed addresses."""
    for statement in _OTHERS:
        connection.execute(statement.encode())


def analyze(connection: Connection[Any]) -> None:
    """Give the planner figures, and make it known which pages hold no dead rows."""
    connection.execute("VACUUM (ANALYZE)")
