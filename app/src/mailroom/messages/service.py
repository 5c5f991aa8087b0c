"""Accepting messages and telling where they stand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from mailroom.errors import MessageNotFound
from mailroom.ids import new_message_id
from mailroom.messages.entities import Draft, Message, State


class Messages(Protocol):
    """Where messages are kept."""

    def add(self, message: Message) -> None:
        """Store a new message."""

    def get(self, message_id: UUID) -> Message | None:
        """Return the message, or None."""


class DeliveryQueue(Protocol):
    """Where deliveries wait for a worker."""

    def put(self, message_id: UUID, request_id: str) -> None:
        """Queue the delivery of a message."""


class Work(Protocol):
    """One transaction: what is done in it happens as a whole or not at all."""

    @property
    def messages(self) -> Messages:
        """The messages, inside this transaction."""

    @property
    def queue(self) -> DeliveryQueue:
        """The queue, inside this transaction."""


class _Undo(Exception):
    """Leaves a transaction so that what was done in it is undone."""


class MessageService:
    """Accepts messages and shows them. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[Work]],
        default_sender: str,
        on_accepted: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._default_sender = default_sender
        self._on_accepted = on_accepted

    def accept(self, draft: Draft, api_key_id: int, request_id: str) -> Message:
        """Store the message and queue its delivery, both or neither. Raises StorageUnavailable."""
        message = self._message(draft, api_key_id, request_id)
        with self._unit_of_work() as work:
            work.messages.add(message)
            work.queue.put(message.id, request_id)
        self._on_accepted()
        return message

    def try_out(self, draft: Draft, api_key_id: int, request_id: str) -> Message:
        """Do all that `accept` does, then undo it: nothing stays. Raises StorageUnavailable."""
        message = self._message(draft, api_key_id, request_id)
        with suppress(_Undo), self._unit_of_work() as work:
            work.messages.add(message)
            work.queue.put(message.id, request_id)
            raise _Undo
        return message

    def show(self, message_id: UUID) -> Message:
        """Return the message. Raises MessageNotFound, StorageUnavailable."""
        with self._unit_of_work() as work:
            message = work.messages.get(message_id)
        if message is None:
            raise MessageNotFound(str(message_id))
        return message

    def _message(self, draft: Draft, api_key_id: int, request_id: str) -> Message:
        now = datetime.now(UTC)
        return Message(
            id=new_message_id(),
            api_key_id=api_key_id,
            request_id=request_id,
            sender=draft.sender or self._default_sender,
            recipient=draft.recipient,
            subject=draft.subject,
            text=draft.text,
            html=draft.html,
            state=State.QUEUED,
            created_at=now,
            updated_at=now,
        )
