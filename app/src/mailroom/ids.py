"""Message ids: UUIDs of version 7, whose order is the order of creation, so that their index stays compact."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_RANDOM_BITS = 74
_VARIANT_BITS = 62


def new_message_id() -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(_RANDOM_BITS)
    high = random >> _VARIANT_BITS
    low = random & ((1 << _VARIANT_BITS) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
