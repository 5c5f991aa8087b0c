"""API keys in PostgreSQL."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from mailroom.keys.entities import ApiKey

_FIND = "SELECT id, name, key_hash FROM api_keys WHERE key_hash = %(key_hash)s"
_FIND_NAMED = "SELECT id, name, key_hash FROM api_keys WHERE name = %(name)s"
_SAVE = """
INSERT INTO api_keys (name, key_hash) VALUES (%(name)s, %(key_hash)s)
ON CONFLICT (name) DO UPDATE SET key_hash = excluded.key_hash, updated_at = now()
"""


class KeyRepository:
    """API keys, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key of that hash, or None."""
        with self._connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            return cursor.execute(_FIND, {"key_hash": key_hash}).fetchone()

    def named(self, name: str) -> ApiKey | None:
        """Return the key of that name, or None."""
        with self._connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            return cursor.execute(_FIND_NAMED, {"name": name}).fetchone()

    def save(self, name: str, key_hash: bytes) -> None:
        """Store the hash under the name, in place of the one that was there."""
        self._connection.execute(_SAVE, {"name": name, "key_hash": key_hash})
