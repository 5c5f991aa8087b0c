"""What the suppression list holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum
from uuid import UUID

from mailroom.messages.addresses import InvalidAddress, checked_address

_ADDRESS_CHARACTERS = 320


class Reason(StrEnum):
    """Why an address gets no more mail, the least grave first.

    A graver reason takes the place of a lesser one, never the other way round. What a person asked for outweighs what
    a server said, and a complaint, which costs the sender's good name, outweighs all.
    """

    MANUAL = "manual"
    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address that is to get no more mail. `address` is as `listed_address` gives it; `detail` is for people."""

    address: str = field(repr=False)
    reason: Reason
    detail: str | None = field(default=None, repr=False)
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """An entry of the list. `message_id` is the message from which it came; `created_at` is when the address came on.

    Ids are in the order in which addresses came on.
    """

    id: int
    address: str = field(repr=False)
    reason: Reason
    detail: str | None = field(repr=False)
    message_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are wanted: of a reason, of an address, with ids below `after`; None is any."""

    limit: int
    after: int | None = None
    reason: Reason | None = None
    address: str | None = field(default=None, repr=False)


def listed_address(text: str) -> str | None:
    """Return an address as the list holds it, in lower case; None for what is none.

    Servers of others write it in many ways: `<ann@example.com>`, and with a local part that nobody could have.
    """
    address = parseaddr(text)[1] or text.strip()
    try:
        return checked_address(address).lower()
    except InvalidAddress:
        plain = address.isascii() and address.isprintable() and "@" in address
        return address.lower() if plain and len(address) <= _ADDRESS_CHARACTERS else None
