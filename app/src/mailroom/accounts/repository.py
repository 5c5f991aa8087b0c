"""Users in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from mailroom.access.permissions import Role
from mailroom.accounts.entities import User, UserChange

_ADD = """
INSERT INTO users (email, name, role, password_hash) VALUES (%(email)s, %(name)s, %(role)s, %(password_hash)s)
ON CONFLICT (email) DO NOTHING
RETURNING id, email, name, role, active, password_hash, created_at, updated_at, last_login_at
"""
_GET = """
SELECT id, email, name, role, active, password_hash, created_at, updated_at, last_login_at
FROM users WHERE id = %(id)s
"""
_WITH_ADDRESS = """
SELECT id, email, name, role, active, password_hash, created_at, updated_at, last_login_at
FROM users WHERE email = %(email)s
"""
_PAGE = """
SELECT id, email, name, role, active, password_hash, created_at, updated_at, last_login_at
FROM users WHERE id > %(after)s ORDER BY id LIMIT %(most)s
"""
# In one order, so that two who do this wait for each other instead of a deadlock. Who waited sees what the other left.
_HOLD_ACTIVE_ADMINS = "SELECT id FROM users WHERE role = 'admin' AND active ORDER BY id FOR NO KEY UPDATE"
_CHANGE = """
UPDATE users
SET name = coalesce(%(name)s, name), role = coalesce(%(role)s, role), active = coalesce(%(active)s, active),
    updated_at = now()
WHERE id = %(id)s
RETURNING id, email, name, role, active, password_hash, created_at, updated_at, last_login_at
"""
_REPLACE_HASH = """
UPDATE users SET password_hash = %(password_hash)s, password_changed_at = now(), updated_at = now()
WHERE id = %(id)s AND password_hash = %(instead_of)s
"""
_NOTE_LOGIN = """
UPDATE users SET last_login_at = %(now)s, password_hash = %(password_hash)s
WHERE id = %(id)s AND password_hash = %(verified)s AND active
"""


class UserRepository:
    """Users, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def add(self, email: str, name: str, role: Role, password_hash: str) -> User | None:
        """Store a new user. None where the address is taken."""
        return self._one(_ADD, {"email": email, "name": name, "role": role.value, "password_hash": password_hash})

    def get(self, user_id: int) -> User | None:
        """Return the user, or None."""
        return self._one(_GET, {"id": user_id})

    def with_address(self, email: str) -> User | None:
        """Return the user of that address, or None."""
        return self._one(_WITH_ADDRESS, {"email": email})

    def page(self, after: int, most: int) -> list[User]:
        """Return users with greater ids than `after`, in the order of ids."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return [user_of(row) for row in cursor.execute(_PAGE, {"after": after, "most": most})]

    def hold_active_admins(self) -> set[int]:
        """Return the ids of all active admins; they stay what they are until the transaction ends."""
        return {user_id for (user_id,) in self._connection.execute(_HOLD_ACTIVE_ADMINS)}

    def change(self, user_id: int, change: UserChange) -> User | None:
        """Change the user and return it as it is then; None where it is gone."""
        role = change.role.value if change.role else None
        return self._one(_CHANGE, {"id": user_id, "name": change.name, "role": role, "active": change.active})

    def set_password(self, user_id: int, password_hash: str, instead_of: str) -> bool:
        """Give a user a new password, where the old one is still that. Returns whether it was."""
        values = {"id": user_id, "password_hash": password_hash, "instead_of": instead_of}
        return self._connection.execute(_REPLACE_HASH, values).rowcount == 1

    def note_login(self, user_id: int, verified: str, password_hash: str, now: datetime) -> bool:
        """Note a login of an active user whose hash is still `verified`, and keep the other. Returns whether it was."""
        values = {"id": user_id, "verified": verified, "password_hash": password_hash, "now": now}
        return self._connection.execute(_NOTE_LOGIN, values).rowcount == 1

    def _one(self, statement: LiteralString, values: Mapping[str, object]) -> User | None:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(statement, values).fetchone()
        return user_of(row) if row else None


def user_of(row: DictRow) -> User:
    """Return the user of a row with all of a user's columns."""
    return User(**{**row, "role": Role(row["role"])})
