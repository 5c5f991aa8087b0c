"""What an API key is, and how it is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from mailroom.access.permissions import Permission

# 32 characters of base64 carry 192 bits: no dictionary, so a plain hash is enough (no salt, no stretching).
# So that one which leaked is found by those who look for secrets.
_PREFIX = "mr_"
_BYTES = 32
_SHOWN_CHARACTERS = 8
_SHAPE = re.compile(r"[A-Za-z0-9._~+/=-]{32,256}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A known caller. The key itself is nowhere: `key_hash` is its SHA-256, 32 bytes. Times are aware, in UTC.

    `shown` is how the key begins, to tell it from others; None where it wasn't made here. `last_used_at` is at most
    some two minutes behind.
    """

    id: int
    name: str
    key_hash: bytes = field(repr=False)
    scopes: frozenset[Permission]
    shown: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be. Without `expires_at` it is good until it is revoked."""

    name: str
    scopes: frozenset[Permission]
    expires_at: datetime | None = None


def make_key() -> str:
    """Return a key of 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def shown_of(key: str) -> str:
    """Return how a key begins: enough to tell it from others, too little to guess the rest (226 bits)."""
    return key[:_SHOWN_CHARACTERS]


def is_well_formed(key: str) -> bool:
    """Tell whether the text can be a key: 32 to 256 of RFC 6750's b64token characters."""
    return _SHAPE.fullmatch(key) is not None


def hash_key(key: str) -> bytes:
    """Return the SHA-256 of a key, 32 bytes."""
    return hashlib.sha256(key.encode("utf-8")).digest()
