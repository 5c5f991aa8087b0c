"""What an API key is, and how it is kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# 32 characters of base64 carry 192 bits: no dictionary, so a plain hash is enough (no salt, no stretching).
_SHAPE = re.compile(r"[A-Za-z0-9._~+/=-]{32,256}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A known caller. The key itself is nowhere: `key_hash` is its SHA-256, 32 bytes."""

    id: int
    name: str
    key_hash: bytes


def is_well_formed(key: str) -> bool:
    """Tell whether the text can be a key: 32 to 256 of RFC 6750's b64token characters."""
    return _SHAPE.fullmatch(key) is not None


def hash_key(key: str) -> bytes:
    """Return the SHA-256 of a key, 32 bytes."""
    return hashlib.sha256(key.encode("utf-8")).digest()
