"""Where messages are kept, as those see it who accept and show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from mailroom.idempotency.service import IdempotencyKeys
from mailroom.messages.entities import Message
from mailroom.messages.lifecycle import Event
from mailroom.messages.listing import Filters
from mailroom.messages.repeats import RecentMails
from mailroom.templates.service import Templates

# When a message is to be delivered; None is now.
Due = datetime | None


class NewMessages(Protocol):
    """Where new messages are kept."""

    def add_all(self, messages: Sequence[Message]) -> None:
        """Store new messages."""


class DeliveryQueue(Protocol):
    """Where deliveries wait for a worker."""

    def put_all(self, deliveries: Sequence[tuple[UUID, str, Due]]) -> None:
        """Queue deliveries: message ids with the request ids that follow them, and when each is due."""


class AcceptingWork(Protocol):
    """One transaction: what is done in it happens as a whole or not at all."""

    @property
    def messages(self) -> NewMessages:
        """The messages, inside this transaction."""

    @property
    def queue(self) -> DeliveryQueue:
        """The queue, inside this transaction."""

    @property
    def templates(self) -> Templates:
        """The templates, inside this transaction."""

    @property
    def recent(self) -> RecentMails:
        """The mails of the last minutes, inside this transaction."""


class Messages(NewMessages, Protocol):
    """Where messages are kept."""

    def get(self, message_id: UUID) -> Message | None:
        """Return the message without its bodies, or None."""

    def history(self, message_id: UUID) -> tuple[Message, list[Event]] | None:
        """Return the message without its bodies, with what happened to it, oldest first; or None."""

    def page(self, filters: Filters, limit: int) -> list[Message]:
        """Return messages without their bodies, newest first."""

    def cancel(self, message_id: UUID) -> bool:
        """Cancel the message where it waits to be sent. Returns whether it did."""

    def retry(self, message_id: UUID) -> bool:
        """Put the message among the queued where it has failed and can still be sent. Returns whether it did."""


class Work(AcceptingWork, Protocol):
    """One transaction: what is done in it happens as a whole or not at all."""

    @property
    def messages(self) -> Messages:
        """The messages, inside this transaction."""

    @property
    def queue(self) -> DeliveryQueue:
        """The queue, inside this transaction."""

    @property
    def idempotency(self) -> IdempotencyKeys:
        """The keys of requests, inside this transaction."""
