"""What a user is, and what a login is made of."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from mailroom.access.permissions import Role
from mailroom.messages.addresses import checked_address

# NIST SP 800-63B, 5.1.1.2: length is what makes a password strong; rules of composition only make it hard to remember.
PASSWORD_LEAST, PASSWORD_MOST = 12, 128
NAME_MOST = 100

# So that one which leaked is found by those who look for secrets.
_REFRESH_PREFIX = "mrr_"
_REFRESH_BYTES = 32


@dataclass(frozen=True, slots=True)
class User:
    """A person. `email` is in lower case, `password_hash` is argon2's own text. Times are aware, in UTC."""

    id: int
    email: str
    name: str
    role: Role
    active: bool
    password_hash: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to be. Address and name are checked."""

    email: str
    name: str
    role: Role
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to be different of a user; None leaves a thing as it is."""

    name: str | None = None
    role: Role | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A refresh token that was taken in: whose it is, of which login, and when that ends."""

    user: User
    family: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody gets who logged in. `access_seconds` is how long the access token lasts."""

    access_token: str = field(repr=False)
    access_seconds: int
    refresh_token: str = field(repr=False)
    expires_at: datetime


def normal_address(text: str) -> str:
    """Return an address as users have it, all in lower case. Raises InvalidAddress."""
    return checked_address(text).lower()


def new_refresh_token() -> str:
    """Return a refresh token of 256 random bits."""
    return _REFRESH_PREFIX + secrets.token_urlsafe(_REFRESH_BYTES)


def hash_refresh_token(token: str) -> bytes:
    """Return the SHA-256 of a refresh token, 32 bytes: it is random, so nothing more is needed."""
    return hashlib.sha256(token.encode("utf-8")).digest()
