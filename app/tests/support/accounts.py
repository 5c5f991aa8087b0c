"""Fakes of users, their logins, hashing and signing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from mailroom.access.permissions import Role
from mailroom.accounts.entities import Renewal, User, UserChange
from mailroom.errors import NotAuthenticated

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that a test turns."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class FakeUsers:
    """Users in a dictionary."""

    stored: dict[int, User] = field(default_factory=dict)

    def add(self, email: str, name: str, role: Role, password_hash: str) -> User | None:
        if self.with_address(email) is not None:
            return None
        user = User(
            len(self.stored) + 1,
            email,
            name,
            role,
            active=True,
            password_hash=password_hash,
            created_at=NOON,
            updated_at=NOON,
        )
        self.stored[user.id] = user
        return user

    def get(self, user_id: int) -> User | None:
        return self.stored.get(user_id)

    def with_address(self, email: str) -> User | None:
        return next((user for user in self.stored.values() if user.email == email), None)

    def page(self, after: int, most: int) -> list[User]:
        return [user for user in self.stored.values() if user.id > after][:most]

    def hold_active_admins(self) -> set[int]:
        return {user.id for user in self.stored.values() if user.role is Role.ADMIN and user.active}

    def change(self, user_id: int, change: UserChange) -> User | None:
        user = self.stored.get(user_id)
        if user is None:
            return None
        self.stored[user_id] = replace(
            user,
            name=change.name if change.name is not None else user.name,
            role=change.role if change.role is not None else user.role,
            active=change.active if change.active is not None else user.active,
        )
        return self.stored[user_id]

    def set_password(self, user_id: int, password_hash: str, instead_of: str) -> bool:
        if self.stored[user_id].password_hash != instead_of:
            return False
        self.stored[user_id] = replace(self.stored[user_id], password_hash=password_hash)
        return True

    def note_login(self, user_id: int, verified: str, password_hash: str, now: datetime) -> bool:
        user = self.stored[user_id]
        if user.password_hash != verified or not user.active:
            return False
        self.stored[user_id] = replace(user, password_hash=password_hash, last_login_at=now)
        return True


@dataclass
class FakeFamily:
    """A login; `tokens` are hashes, each with whether it was used."""

    user_id: int
    expires_at: datetime
    tokens: dict[bytes, bool]
    ended: bool = False


@dataclass
class FakeFamilies:
    """Logins in a dictionary."""

    users: FakeUsers
    stored: dict[UUID, FakeFamily] = field(default_factory=dict)

    def begin(self, family: UUID, user_id: int, token_hash: bytes, now: datetime, expires_at: datetime) -> None:
        assert now < expires_at
        self.stored[family] = FakeFamily(user_id, expires_at, {token_hash: False})

    def renew(self, token_hash: bytes, new_hash: bytes, now: datetime) -> Renewal | None:
        family = self._of(token_hash)
        if family is None or self.stored[family].tokens[token_hash]:
            return None
        user = self.holder(family, now)
        if user is None:
            return None
        self.stored[family].tokens |= {token_hash: True, new_hash: False}
        return Renewal(user, family, self.stored[family].expires_at)

    def end_if_used(self, token_hash: bytes, now: datetime) -> UUID | None:
        family = self._of(token_hash)
        if family is None or self.stored[family].ended or not self.stored[family].tokens[token_hash]:
            return None
        self.end(token_hash, now)
        return family

    def end(self, token_hash: bytes, now: datetime) -> None:
        assert now.tzinfo is UTC
        family = self._of(token_hash)
        if family is not None:
            self.stored[family].ended = True

    def end_all(self, user_id: int, now: datetime) -> None:
        assert now.tzinfo is UTC
        for family in self.stored.values():
            family.ended = family.ended or family.user_id == user_id

    def holder(self, family: UUID, now: datetime) -> User | None:
        found = self.stored.get(family)
        if found is None or found.ended or found.expires_at <= now:
            return None
        user = self.users.get(found.user_id)
        return user if user is not None and user.active else None

    def forget_expired(self, now: datetime, most: int) -> None:
        expired = [family for family, found in self.stored.items() if found.expires_at < now]
        for family in expired[:most]:
            del self.stored[family]

    def _of(self, token_hash: bytes) -> UUID | None:
        return next((family for family, found in self.stored.items() if token_hash in found.tokens), None)


@dataclass
class FakePasswords:
    """Hashes of the form `version:password`; `asked` remembers what was compared."""

    version: str = "new"
    asked: list[str | None] = field(default_factory=list)

    def hash(self, password: str) -> str:
        return f"{self.version}:{password}"

    def matches(self, password_hash: str | None, password: str) -> bool:
        self.asked.append(password_hash)
        return password_hash is not None and password_hash.partition(":")[2] == password

    def is_dated(self, password_hash: str) -> bool:
        return not password_hash.startswith(f"{self.version}:")


class FakeTokens:
    """Tokens that say plainly of which login they are."""

    seconds = 600

    def issue(self, user: User, family: UUID, now: datetime) -> str:
        return f"{user.role}/{family}/{now.isoformat()}"

    def family_of(self, token: str) -> UUID:
        try:
            return UUID(token.split("/")[1])
        except (IndexError, ValueError):
            raise NotAuthenticated("The access token is not valid.") from None
