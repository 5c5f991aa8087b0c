"""What callers read of messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, RootModel

from mailroom.messages.entities import Message, State
from mailroom.messages.lifecycle import Event, EventKind
from mailroom.web.shapes import Shown


class TriedMessage(Shown):
    """A message that was only tried: nothing by which it could be asked for."""

    state: Literal["valid"] = "valid"
    to: str
    sender: str = Field(alias="from")
    subject: str
    request_id: str

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return what a caller sees of it."""
        return cls(to=message.recipient, sender=message.sender, subject=message.subject, request_id=message.request_id)


class ShownMessage(Shown):
    """A message, all but its bodies. Of its headers only the names."""

    id: UUID
    state: State
    to: str
    sender: str = Field(alias="from")
    subject: str
    attempts: int
    reason: str | None
    provider_message_id: str | None
    request_id: str
    caller: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    send_at: datetime | None
    tags: list[str]
    headers: list[str]
    template: str | None
    template_version: int | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return what a caller sees of it."""
        return cls(
            id=message.id,
            state=message.state,
            to=message.recipient,
            sender=message.sender,
            subject=message.subject,
            attempts=message.attempts,
            reason=message.reason,
            provider_message_id=message.provider_message_id,
            request_id=message.request_id,
            caller=message.caller,
            created_at=message.created_at,
            updated_at=message.updated_at,
            sent_at=message.sent_at,
            send_at=message.send_at,
            tags=list(message.tags),
            headers=list(message.headers),
            template=message.template,
            template_version=message.template_version,
        )


class ShownEvent(Shown):
    """Something that happened to a message."""

    kind: EventKind
    happened_at: datetime
    detail: str | None


class ShownHistory(ShownMessage):
    """A message with what happened to it, oldest first."""

    events: list[ShownEvent]

    @classmethod
    def with_events(cls, message: Message, events: Sequence[Event]) -> Self:
        """Return what a caller sees of both."""
        return cls(
            **dict(ShownMessage.of(message)),
            events=[ShownEvent(kind=one.kind, happened_at=one.happened_at, detail=one.detail) for one in events],
        )


class ShownMessages(Shown):
    """Messages: a page of a list, or those that were accepted together."""

    messages: list[ShownMessage]


class TriedMessages(Shown):
    """Messages that were only tried together."""

    messages: list[TriedMessage]


class Accepted(RootModel[ShownMessage | ShownMessages]):
    """The message where `to` was one address, else one message for each."""


class Tried(RootModel[TriedMessage | TriedMessages]):
    """The same for messages that were only tried."""


class AcceptedOfBatch(Shown):
    """What became of one mail of a batch: it was accepted."""

    status: Literal[202] = 202
    message: ShownMessage


class RefusedOfBatch(Shown):
    """What became of one mail of a batch: it was refused. `problem` is a problem document (RFC 9457)."""

    status: int = Field(ge=400, le=499)
    problem: dict[str, Any]


class BatchResults(Shown):
    """What became of the mails of a batch, in their order."""

    results: list[AcceptedOfBatch | RefusedOfBatch]
