"""Logins in PostgreSQL: families of refresh tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from mailroom.accounts.entities import Renewal, User
from mailroom.accounts.repository import user_of

_BEGIN = """
WITH family AS (
    INSERT INTO refresh_families (id, user_id, created_at, expires_at)
    VALUES (%(family)s, %(user_id)s, %(now)s, %(expires_at)s)
    RETURNING id
)
INSERT INTO refresh_tokens (token_hash, family_id, issued_at) SELECT %(token_hash)s, id, %(now)s FROM family
"""
# Of two at the same instant the second waits for the row, then finds it used.
_RENEW = """
WITH used AS (
    UPDATE refresh_tokens t SET used_at = %(now)s
    FROM refresh_families f JOIN users u ON u.id = f.user_id
    WHERE t.token_hash = %(token_hash)s AND t.used_at IS NULL
      AND f.id = t.family_id AND f.revoked_at IS NULL AND f.expires_at > %(now)s AND u.active
    RETURNING f.id AS family, f.expires_at AS family_expires_at, u.id, u.email, u.name, u.role, u.active,
              u.password_hash, u.created_at, u.updated_at, u.last_login_at
), next AS (
    INSERT INTO refresh_tokens (token_hash, family_id, issued_at) SELECT %(new_hash)s, family, %(now)s FROM used
)
SELECT * FROM used
"""
_END_IF_USED = """
UPDATE refresh_families f SET revoked_at = %(now)s
FROM refresh_tokens t
WHERE t.token_hash = %(token_hash)s AND t.used_at IS NOT NULL AND f.id = t.family_id AND f.revoked_at IS NULL
RETURNING f.id
"""
_END = """
UPDATE refresh_families f SET revoked_at = %(now)s
FROM refresh_tokens t
WHERE t.token_hash = %(token_hash)s AND f.id = t.family_id AND f.revoked_at IS NULL
"""
_END_ALL = "UPDATE refresh_families SET revoked_at = %(now)s WHERE user_id = %(user_id)s AND revoked_at IS NULL"
_HOLDER = """
SELECT u.id, u.email, u.name, u.role, u.active, u.password_hash, u.created_at, u.updated_at, u.last_login_at
FROM refresh_families f JOIN users u ON u.id = f.user_id
WHERE f.id = %(family)s AND f.revoked_at IS NULL AND f.expires_at > %(now)s AND u.active
"""
_FORGET_EXPIRED = """
DELETE FROM refresh_families WHERE id IN (
    SELECT id FROM refresh_families WHERE expires_at < %(now)s ORDER BY expires_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
"""


class FamilyRepository:
    """Logins, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def begin(self, family: UUID, user_id: int, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        """Store a new login with its first refresh token."""
        self._connection.execute(
            _BEGIN,
            {"family": family, "user_id": user_id, "token_hash": token_hash, "now": now, "expires_at": expires_at},
        )

    def renew(self, token_hash: bytes, new_hash: bytes, now: datetime) -> Renewal | None:
        """Take a refresh token in and store the next one, if it was never used and its login lives; else None."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            values = {"token_hash": token_hash, "new_hash": new_hash, "now": now}
            row = cursor.execute(_RENEW, values).fetchone()
        if row is None:
            return None
        family, expires_at = row.pop("family"), row.pop("family_expires_at")
        return Renewal(user_of(row), family, expires_at)

    def end_if_used(self, token_hash: bytes, now: datetime) -> UUID | None:
        """End the login of a refresh token that was used before. Returns which, if it lived until now."""
        row = self._connection.execute(_END_IF_USED, {"token_hash": token_hash, "now": now}).fetchone()
        return row[0] if row else None

    def end(self, token_hash: bytes, now: datetime) -> None:
        """End the login of a refresh token, used or not."""
        self._connection.execute(_END, {"token_hash": token_hash, "now": now})

    def end_all(self, user_id: int, now: datetime) -> None:
        """End all logins of a user."""
        self._connection.execute(_END_ALL, {"user_id": user_id, "now": now})

    def holder(self, family: UUID, now: datetime) -> User | None:
        """Return whose login it is, if it lives and the user is active; else None."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_HOLDER, {"family": family, "now": now}).fetchone()
        return user_of(row) if row else None

    def forget_expired(self, now: datetime, most: int) -> None:
        """Remove some logins that have expired."""
        self._connection.execute(_FORGET_EXPIRED, {"now": now, "most": most})
