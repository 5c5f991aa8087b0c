"""What accounts need of the outside: storage, hashing, signing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from mailroom.access.permissions import Role
from mailroom.accounts.entities import Renewal, User, UserChange


class Users(Protocol):
    """Where users are kept."""

    def add(self, email: str, name: str, role: Role, password_hash: str) -> User | None:
        """Store a new user. None where the address is taken."""

    def get(self, user_id: int) -> User | None:
        """Return the user, or None."""

    def with_address(self, email: str) -> User | None:
        """Return the user of that address, or None."""

    def page(self, after: int, most: int) -> list[User]:
        """Return users with greater ids than `after`, in the order of ids."""

    def hold_active_admins(self) -> set[int]:
        """Return the ids of all active admins; they stay what they are until the transaction ends."""

    def change(self, user_id: int, change: UserChange) -> User | None:
        """Change the user and return it as it is then; None where it is gone."""

    def set_password(self, user_id: int, password_hash: str, instead_of: str) -> bool:
        """Give a user a new password, where the old one is still that. Returns whether it was."""

    def note_login(self, user_id: int, verified: str, password_hash: str, now: datetime) -> bool:
        """Note a login of an active user whose hash is still `verified`, and keep the other. Returns whether it was."""


class Families(Protocol):
    """Where logins are kept: a family is all refresh tokens that grew out of one."""

    def begin(self, family: UUID, user_id: int, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        """Store a new login with its first refresh token."""

    def renew(self, token_hash: bytes, new_hash: bytes, now: datetime) -> Renewal | None:
        """Take a refresh token in and store the next one, if it was never used and its login lives; else None."""

    def end_if_used(self, token_hash: bytes, now: datetime) -> UUID | None:
        """End the login of a refresh token that was used before. Returns which, if it lived until now."""

    def end(self, token_hash: bytes, now: datetime) -> None:
        """End the login of a refresh token, used or not."""

    def end_all(self, user_id: int, now: datetime) -> None:
        """End all logins of a user."""

    def holder(self, family: UUID, now: datetime) -> User | None:
        """Return whose login it is, if it lives and the user is active; else None."""

    def forget_expired(self, now: datetime, most: int) -> None:
        """Remove some logins that have expired."""


class AccountWork(Protocol):
    """One transaction over users and their logins."""

    @property
    def users(self) -> Users:
        """The users, inside this transaction."""

    @property
    def families(self) -> Families:
        """The logins, inside this transaction."""


AccountWorkFactory = Callable[[], AbstractContextManager[AccountWork]]


class PasswordHashing(Protocol):
    """Hashes passwords, a bounded number at once."""

    def hash(self, password: str) -> str:
        """Return the hash of a password. Raises LimitExceeded."""

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password of that hash; without one it takes as long. Raises LimitExceeded."""

    def is_dated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""


class AccessTokens(Protocol):
    """Makes and reads access tokens."""

    @property
    def seconds(self) -> int:
        """How long a token lasts."""

    def issue(self, user: User, family: UUID, now: datetime) -> str:
        """Return a signed token for a user of a login."""

    def family_of(self, token: str) -> UUID:
        """Return of which login a token is. Raises NotAuthenticated where it isn't ours or has expired."""
