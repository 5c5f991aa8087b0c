"""What delivery asks of the storage: one transaction over messages and suppressions."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from mailroom.messages.entities import Message


class DeliverableMessages(Protocol):
    """Where messages are kept, as delivery sees them."""

    def take(self, message_id: UUID) -> Message | None:
        """Mark the message as being sent and count the attempt. None where it is gone, sent or failed."""

    def mark_sent(self, message_id: UUID, provider_message_id: str) -> None:
        """Record that the transport took the message."""

    def mark_waiting(self, message_id: UUID, reason: str) -> None:
        """Put the message back among the queued, with the reason why it wasn't sent yet."""

    def mark_failed(self, message_id: UUID, reason: str) -> None:
        """Record that the message won't be sent, and why."""

    def mark_suppressed(self, message_id: UUID, reason: str) -> None:
        """Record that the recipient gets no more mail, and why."""

    def give_back(self, message_id: UUID, reason: str) -> None:
        """Put a message that was taken back among the queued, as if that attempt had not been."""

    def note(self, message_id: UUID, reason: str) -> None:
        """Note why a queued message isn't sent yet. Without effect on any other."""

    def waits_since(self, message_id: UUID) -> datetime | None:
        """Return when the message was to be sent: accepted, due or last queued again by hand. None where it is gone."""


class Suppressions(Protocol):
    """Who gets no more mail."""

    def reason_against(self, address: str) -> str | None:
        """Return why nothing may be sent to the address, or None."""


class DeliveryWork(Protocol):
    """One transaction over messages."""

    @property
    def messages(self) -> DeliverableMessages:
        """The messages, inside this transaction."""

    @property
    def suppressions(self) -> Suppressions:
        """The suppressions, inside this transaction."""
