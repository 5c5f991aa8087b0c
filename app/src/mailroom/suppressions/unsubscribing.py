"""Ending mail to somebody who asked for it by the link in a message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from mailroom.errors import NotFound
from mailroom.messages.lifecycle import Event, EventKind
from mailroom.suppressions.entities import Reason, Suppressed
from mailroom.suppressions.unsubscribe_token import read

logger = logging.getLogger(__name__)


class Messages(Protocol):
    """Messages, as unsubscribing sees them."""

    def recipient(self, message_id: UUID) -> str | None:
        """Return whom a message went to, keeping it from others until the transaction ends; None where it is gone."""

    def note_once(self, event: Event) -> bool:
        """Add to the history of a message that is locked, unless it has such an event. Returns whether it hadn't."""


class Suppressions(Protocol):
    """The suppression list, as unsubscribing sees it."""

    def suppress(self, suppressed: Suppressed) -> bool:
        """Put an address on the list, or give it a graver reason. Returns whether anything changed."""


class UnsubscribeWork(Protocol):
    """One transaction over both."""

    @property
    def feedback(self) -> Messages:
        """Messages, inside this transaction."""

    @property
    def suppressions(self) -> Suppressions:
        """The suppression list, inside this transaction."""


class UnsubscribeService:
    """Ends mail by link. `keys` are those that signed links; without any, no link is good."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[UnsubscribeWork]],
        keys: Sequence[bytes],
        on_suppressed: Callable[[Reason], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._keys = keys
        self._on_suppressed = on_suppressed

    def check(self, token: str) -> UUID:
        """Return the message whose link it is, and change nothing. Raises NotFound."""
        message_id = read(self._keys, token)
        if message_id is None:
            raise NotFound("link")
        return message_id

    def unsubscribe(self, token: str) -> None:
        """Let the recipient of the message get no more mail; again does no more. Raises NotFound, StorageUnavailable.

        The address keeps its place in the history of the message alone: the link names nobody.
        """
        message_id = self.check(token)
        with self._unit_of_work() as work:
            recipient = work.feedback.recipient(message_id)
            if recipient is None:
                raise NotFound("link")
            work.feedback.note_once(Event(message_id, EventKind.UNSUBSCRIBED, datetime.now(UTC)))
            suppressed = Suppressed(recipient.lower(), Reason.UNSUBSCRIBE, None, message_id)
            changed = work.suppressions.suppress(suppressed)
        if changed:
            self._on_suppressed(Reason.UNSUBSCRIBE)
            logger.info("somebody unsubscribed", extra={"message_id": str(message_id)})
