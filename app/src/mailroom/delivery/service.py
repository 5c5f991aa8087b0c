"""Delivering one message: take it, send it, record what came of it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from mailroom.config import DeliverySettings
from mailroom.delivery.transport import OutOfService, Refused, Transport, TransportError, Unavailable
from mailroom.delivery.work import DeliveryWork
from mailroom.errors import StorageUnavailable
from mailroom.messages.entities import Message

logger = logging.getLogger(__name__)

# Seconds between tries to record that a message was sent: forgetting it would send it again.
_RECORDING_PAUSES = (0.5, 1, 2, 4)
_HOUR = 3600


class Outcome(StrEnum):
    """What came of one attempt. `skipped`: there was nothing left to do."""

    SENT = "sent"
    RETRIED = "retried"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"


class RetryLater(Exception):
    """The message wasn't sent, and is to be tried again after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"to be tried again in {delay:.1f} s")
        self.delay = delay


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Chance, sleep and time of day: what a test sets."""

    jitter: Callable[[float, float], float] = random.uniform
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class DeliveryService:
    """Delivers messages. A message that is sent, failed or suppressed is never sent again.

    Between the transport's answer and the commit of `sent` lies a moment: a worker killed there leaves the message in
    hand, and it is sent a second time. A database that goes away in that moment is given some seconds to come back.
    """

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[DeliveryWork]],
        transport: Transport,
        settings: DeliverySettings,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._transport = transport
        self._settings = settings
        self._surroundings = surroundings or Surroundings()

    def deliver(self, message_id: UUID) -> Outcome:
        """Try once. Raises RetryLater when it is worth another attempt, StorageUnavailable."""
        with self._unit_of_work() as work:
            message = work.messages.take(message_id)
            against = work.suppressions.reason_against(message.recipient) if message else None
            if against is not None:
                work.messages.mark_suppressed(message_id, f"The recipient gets no more mail: {against}.")
        if message is None:
            logger.info("nothing left to deliver", extra={"message_id": str(message_id)})
            return Outcome.SKIPPED
        if against is not None:
            self._log(logging.INFO, "suppressed", message, code=against)
            return Outcome.SUPPRESSED
        return self._send(message)

    def put_off(self, message_id: UUID, reason: str) -> Outcome:
        """Note why the message can't be tried now. One that is too old is given up. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            if not self._is_too_old(work, message_id):
                work.messages.note(message_id, reason)
                return Outcome.RETRIED
            message = work.messages.take(message_id)
            if message is None:
                return Outcome.SKIPPED
            work.messages.mark_failed(message_id, f"{reason} ({self._given_up()})")
        self._log(logging.ERROR, "failed", message, code="TooOld")
        return Outcome.FAILED

    def pause(self, attempts: int) -> float:
        """Return the seconds to wait after so many attempts: doubling, capped, the upper half of it by chance."""
        settings = self._settings
        longest = min(settings.backoff_cap, settings.backoff_base * 2.0 ** (attempts - 1))
        return self._surroundings.jitter(longest / 2, longest)

    def _send(self, message: Message) -> Outcome:
        try:
            provider_message_id = self._transport.send(message)
        except Refused as error:
            return self._fail(message, error, self._all_attempts(message))
        except TransportError as error:
            return self._postpone(message, error)
        except Exception:
            logger.exception("the transport broke", extra={"message_id": str(message.id)})
            return self._postpone(message, Unavailable("InternalError", "An internal error kept it from being sent."))
        self._record_sent(message.id, provider_message_id)
        self._log(logging.INFO, "sent", message, provider_message_id=provider_message_id)
        return Outcome.SENT

    def _record_sent(self, message_id: UUID, provider_message_id: str) -> None:
        for pause in _RECORDING_PAUSES:
            try:
                with self._unit_of_work() as work:
                    work.messages.mark_sent(message_id, provider_message_id)
            except StorageUnavailable:
                logger.warning("sent, but it can't be recorded yet", extra={"message_id": str(message_id)})
                self._surroundings.sleep(pause)
            else:
                return
        with self._unit_of_work() as work:
            work.messages.mark_sent(message_id, provider_message_id)

    def _postpone(self, message: Message, error: TransportError) -> Outcome:
        counts = not isinstance(error, OutOfService)
        if counts and message.attempts >= self._settings.max_attempts:
            return self._fail(message, error, self._all_attempts(message))
        with self._unit_of_work() as work:
            too_old = self._is_too_old(work, message.id)
            if not too_old and counts:
                work.messages.mark_waiting(message.id, error.reason)
            elif not too_old:
                work.messages.give_back(message.id, error.reason)
        if too_old:
            return self._fail(message, error, self._given_up())
        delay = error.retry_after if isinstance(error, OutOfService) else self.pause(message.attempts)
        self._log(logging.WARNING, "not sent, to be tried again", message, code=error.code, delay=round(delay, 3))
        raise RetryLater(delay)

    def _fail(self, message: Message, error: TransportError, why: str) -> Outcome:
        with self._unit_of_work() as work:
            work.messages.mark_failed(message.id, f"{error.reason} ({why})")
        self._log(logging.ERROR, "failed", message, code=error.code)
        return Outcome.FAILED

    def _all_attempts(self, message: Message) -> str:
        return f"attempt {message.attempts} of at most {self._settings.max_attempts}"

    def _is_too_old(self, work: DeliveryWork, message_id: UUID) -> bool:
        since = work.messages.waits_since(message_id)
        return since is not None and (self._surroundings.now() - since).total_seconds() >= self._settings.max_age

    def _given_up(self) -> str:
        return f"given up after {self._settings.max_age / _HOUR:g} h"

    @staticmethod
    def _log(level: int, event: str, message: Message, **extra: object) -> None:
        logger.log(level, event, extra={"message_id": str(message.id), "attempt": message.attempts, **extra})
