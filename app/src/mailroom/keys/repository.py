"""API keys in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from mailroom.access.permissions import Permission
from mailroom.keys.entities import ApiKey, NewKey

_FIND = """
SELECT id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
FROM api_keys WHERE key_hash = %(key_hash)s
"""
_FIND_NAMED = """
SELECT id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
FROM api_keys WHERE name = %(name)s
"""
_GET = """
SELECT id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
FROM api_keys WHERE id = %(id)s
"""
_PAGE = """
SELECT id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
FROM api_keys WHERE id > %(after)s ORDER BY id LIMIT %(most)s
"""
# Another key under the name begins a life of its own.
_SAVE = """
INSERT INTO api_keys (name, key_hash) VALUES (%(name)s, %(key_hash)s)
ON CONFLICT (name) DO UPDATE SET key_hash = excluded.key_hash, updated_at = now(),
    shown = NULL, expires_at = NULL, revoked_at = NULL, last_used_at = NULL
"""
_SET_SCOPES = "UPDATE api_keys SET scopes = %(scopes)s, updated_at = now() WHERE name = %(name)s"
_ADD = """
INSERT INTO api_keys (name, key_hash, scopes, shown, expires_at)
VALUES (%(name)s, %(key_hash)s, %(scopes)s, %(shown)s, %(expires_at)s)
ON CONFLICT (name) DO NOTHING
RETURNING id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
"""
# Revoked again it keeps the date of the first time.
_REVOKE = """
UPDATE api_keys SET revoked_at = coalesce(revoked_at, %(now)s), updated_at = now() WHERE id = %(id)s
RETURNING id, name, key_hash, scopes, shown, created_at, expires_at, revoked_at, last_used_at
"""
# Of many at the same instant one writes, and nobody waits for it.
_NOTE_USE = """
UPDATE api_keys SET last_used_at = %(now)s WHERE id = (
    SELECT id FROM api_keys WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < %(before)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


class KeyRepository:
    """API keys, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key of that hash, or None."""
        return self._one(_FIND, {"key_hash": key_hash})

    def named(self, name: str) -> ApiKey | None:
        """Return the key of that name, or None."""
        return self._one(_FIND_NAMED, {"name": name})

    def get(self, key_id: int) -> ApiKey | None:
        """Return the key of that id, or None."""
        return self._one(_GET, {"id": key_id})

    def page(self, after: int, most: int) -> list[ApiKey]:
        """Return keys with greater ids than `after`, in the order of ids."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return [_key(row) for row in cursor.execute(_PAGE, {"after": after, "most": most})]

    def save(self, name: str, key_hash: bytes) -> None:
        """Store the hash under the name, in place of the one that was there."""
        self._connection.execute(_SAVE, {"name": name, "key_hash": key_hash})

    def set_scopes(self, name: str, scopes: frozenset[Permission]) -> None:
        """Let the key of that name do just that."""
        self._connection.execute(_SET_SCOPES, {"name": name, "scopes": _words(scopes)})

    def add(self, new: NewKey, key_hash: bytes, shown: str) -> ApiKey | None:
        """Store a new key. None where the name is taken."""
        values = {"name": new.name, "scopes": _words(new.scopes), "expires_at": new.expires_at}
        return self._one(_ADD, {**values, "key_hash": key_hash, "shown": shown})

    def revoke(self, key_id: int, now: datetime) -> ApiKey | None:
        """Revoke the key and return it; None where it is gone."""
        return self._one(_REVOKE, {"id": key_id, "now": now})

    def note_use(self, key_id: int, now: datetime, before: datetime) -> None:
        """Note that the key was used, unless that was noted after `before` or is being noted. Waits for nobody."""
        self._connection.execute(_NOTE_USE, {"id": key_id, "now": now, "before": before})

    def _one(self, statement: LiteralString, values: Mapping[str, object]) -> ApiKey | None:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(statement, values).fetchone()
        return _key(row) if row else None


def _key(row: DictRow) -> ApiKey:
    # A scope of a later release is none that could be asked for here.
    return ApiKey(**{**row, "scopes": frozenset(set(Permission) & set(row["scopes"]))})


def _words(scopes: frozenset[Permission]) -> list[str]:
    return sorted(scope.value for scope in scopes)
