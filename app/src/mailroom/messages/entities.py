"""What a message is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from mailroom.access.caller import Caller
from mailroom.templates.entities import TemplateChoice


class State(StrEnum):
    """Where a message stands. What may follow what is in `lifecycle`."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. `filename` is one line, `content_type` as in `application/pdf`."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller asks to be sent to one person. Addresses are checked; `sender` is None where the default is wanted.

    Subject and bodies are empty where a template is to give them; `text` is empty too where there is only `html`.
    A `send_at` (aware) in the past means now. A `dry_run` is only to be tried: it is written as if it were accepted,
    and undone. `allow_repeat` lets the same mail go to the same person again.
    """

    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    sender: str | None = None
    dry_run: bool = False
    template: TemplateChoice | None = None
    send_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    unsubscribable: bool = False
    allow_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something to be done, and with which request."""

    caller: Caller
    request_id: str


@dataclass(frozen=True, slots=True)
class Message:
    """An accepted message: one mail to one person. Times are aware, in UTC.

    `attempts` counts how often delivery was begun, `headers` are those of the mail that the caller added. Bodies and
    attachments are there only where a message is taken to be delivered, or was just accepted; `text` is empty where the
    mail has only `html`. An `unsubscribable` mail carries a link to end such mail.
    """

    id: UUID
    api_key_id: int | None
    caller: str | None
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
    send_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    template: str | None = None
    template_version: int | None = None
    unsubscribable: bool = False
    purged_at: datetime | None = None
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
