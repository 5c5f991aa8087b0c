"""Message ids: UUIDs of version 7, whose order is the order of creation, so that their index stays compact."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_RANDOM_BITS = 74
_VARIANT_BITS = 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# What 48 bits can say: from the epoch to the year 10889, after datetime's own end.
_FIRST = 0


def new_message_id(moment: datetime | None = None) -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7) of a moment (now): 48 bits of Unix milliseconds, then 74 random bits."""
    return _uuid7(moment or datetime.now(UTC), secrets.randbits(_RANDOM_BITS))


def lowest_message_id(moment: datetime) -> UUID:
    """Return the lowest id that a message of that moment's millisecond, or of a later one, can have."""
    return _uuid7(moment, 0)


def _uuid7(moment: datetime, random: int) -> UUID:
    milliseconds = max(_FIRST, (moment - _EPOCH) // _MILLISECOND)
    high = random >> _VARIANT_BITS
    low = random & ((1 << _VARIANT_BITS) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
