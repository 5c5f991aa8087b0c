"""What the service's role may do: read and write data, call the queue's functions, and no more."""

from __future__ import annotations

import logging
from typing import Any

from psycopg import Connection, sql

logger = logging.getLogger(__name__)

_DATA_TABLES = (
    "api_keys",
    "attachments",
    "idempotency_keys",
    "message_attachments",
    "message_events",
    "message_tags",
    "messages",
    "recent_mails",
    "refresh_families",
    "refresh_tokens",
    "ses_notices",
    "statistics_days",
    "statistics_progress",
    "statistics_top",
    "suppressions",
    "template_versions",
    "templates",
    "users",
)
# As regprocedure writes them: with their arguments, and quoted where needed. Those of extensions belong to others.
_OWN_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
"""
_QUEUE_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%'"
_BOOKS = ("schema_migrations", "queue_migrations")


def grant(connection: Connection[Any], role: str) -> None:
    """Let the service's role read and write data, and no more; without effect where there is no such role."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        logger.warning("the service's role doesn't exist: nothing was granted", extra={"role": role})
        return
    grantee = sql.Identifier(role)
    queue_tables = [name for (name,) in connection.execute(_QUEUE_TABLES).fetchall()]
    with connection.transaction():
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(grantee))
        connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(grantee))
        for (function,) in connection.execute(_OWN_FUNCTIONS).fetchall():
            connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), grantee))
        for table in (*_DATA_TABLES, *queue_tables):
            connection.execute(
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(sql.Identifier(table), grantee)
            )
        for table in _BOOKS:
            name = sql.Identifier(table)
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, grantee))
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, grantee))
