"""Delivering one message: take it, send it, record what came of it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from mailroom.config import DeliverySettings
from mailroom.delivery.transport import Refused, Transport, TransportError, Unavailable
from mailroom.errors import StorageUnavailable
from mailroom.messages.entities import Message

logger = logging.getLogger(__name__)

# Seconds between tries to record that a message was sent: forgetting it would send it again.
_RECORDING_PAUSES = (0.5, 1, 2, 4)


class Outcome(StrEnum):
    """What came of one attempt. `skipped`: there was nothing left to do."""

    SENT = "sent"
    RETRIED = "retried"
    FAILED = "failed"
    SKIPPED = "skipped"


class RetryLater(Exception):
    """The message wasn't sent, and is to be tried again after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"to be tried again in {delay:.1f} s")
        self.delay = delay


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


class DeliveryWork(Protocol):
    """One transaction over messages."""

    @property
    def messages(self) -> DeliverableMessages:
        """The messages, inside this transaction."""


class DeliveryService:
    """Delivers messages. A message that is sent or failed is never sent again.

    Between the transport's answer and the commit of `sent` lies a moment: a worker killed there leaves the message in
    hand, and it is sent a second time. A database that goes away in that moment is given some seconds to come back.
    """

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[DeliveryWork]],
        transport: Transport,
        settings: DeliverySettings,
        jitter: Callable[[float, float], float] = random.uniform,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._transport = transport
        self._settings = settings
        self._jitter = jitter
        self._sleep = sleep

    def deliver(self, message_id: UUID) -> Outcome:
        """Try once. Raises RetryLater when it is worth another attempt, StorageUnavailable."""
        with self._unit_of_work() as work:
            message = work.messages.take(message_id)
        if message is None:
            logger.info("nothing left to deliver", extra={"message_id": str(message_id)})
            return Outcome.SKIPPED
        try:
            provider_message_id = self._transport.send(message)
        except Refused as error:
            return self._fail(message, error)
        except TransportError as error:
            return self._postpone(message, error)
        except Exception:
            logger.exception("the transport broke", extra={"message_id": str(message_id)})
            return self._postpone(message, Unavailable("InternalError", "An internal error kept it from being sent."))
        self._record_sent(message_id, provider_message_id)
        self._log(logging.INFO, "sent", message, provider_message_id=provider_message_id)
        return Outcome.SENT

    def pause(self, attempts: int) -> float:
        """Return the seconds to wait after so many attempts: doubling, capped, the upper half of it by chance."""
        settings = self._settings
        longest = min(settings.backoff_cap, settings.backoff_base * 2.0 ** (attempts - 1))
        return self._jitter(longest / 2, longest)

    def _record_sent(self, message_id: UUID, provider_message_id: str) -> None:
        for pause in _RECORDING_PAUSES:
            try:
                with self._unit_of_work() as work:
                    work.messages.mark_sent(message_id, provider_message_id)
            except StorageUnavailable:
                logger.warning("sent, but it can't be recorded yet", extra={"message_id": str(message_id)})
                self._sleep(pause)
            else:
                return
        with self._unit_of_work() as work:
            work.messages.mark_sent(message_id, provider_message_id)

    def _postpone(self, message: Message, error: TransportError) -> Outcome:
        if message.attempts >= self._settings.max_attempts:
            return self._fail(message, error)
        with self._unit_of_work() as work:
            work.messages.mark_waiting(message.id, error.reason)
        delay = self.pause(message.attempts)
        self._log(logging.WARNING, "not sent, to be tried again", message, code=error.code, delay=round(delay, 3))
        raise RetryLater(delay)

    def _fail(self, message: Message, error: TransportError) -> Outcome:
        reason = f"{error.reason} (attempt {message.attempts} of at most {self._settings.max_attempts})"
        with self._unit_of_work() as work:
            work.messages.mark_failed(message.id, reason)
        self._log(logging.ERROR, "failed", message, code=error.code)
        return Outcome.FAILED

    @staticmethod
    def _log(level: int, event: str, message: Message, **extra: object) -> None:
        logger.log(level, event, extra={"message_id": str(message.id), "attempt": message.attempts, **extra})
