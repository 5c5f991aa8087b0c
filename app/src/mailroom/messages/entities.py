"""What a message is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where a message stands. `sent` and `failed` are final."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller asks to be sent. Addresses are checked; `sender` is None where the default is wanted.

    A `dry_run` is only to be tried: it is written as if it were accepted, and undone.
    """

    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    sender: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """An accepted message. Times are aware, in UTC. `attempts` counts how often delivery was begun."""

    id: UUID
    api_key_id: int
    request_id: str
    sender: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    state: State
    created_at: datetime
    updated_at: datetime
    attempts: int = 0
    reason: str | None = None
    provider_message_id: str | None = None
    sent_at: datetime | None = None
