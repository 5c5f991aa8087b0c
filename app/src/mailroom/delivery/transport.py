"""What a transport does: hand one message to somebody who delivers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mailroom.messages.entities import Message

# Writes a message as it travels: MIME, lines ended by CR LF, ASCII only. Raises Refused for one that can't be written.
Write = Callable[[Message], bytes]


class TransportError(Exception):
    """The transport didn't take the message.

    `code` is a short name without anything personal, fit for logs; the text is the reason that the caller of the API
    sees, and may contain addresses.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Refused(TransportError):
    """The message itself is wrong: sending it again can't help."""


class Unavailable(TransportError):
    """The transport can't take anything now: sending it again may help."""


class Throttled(Unavailable):
    """The transport is there, and was asked too often."""


class QuotaUsedUp(Unavailable):
    """The transport takes no more messages today."""


class OutOfService(Unavailable):
    """It isn't this message's turn to find out whether the transport is back: the attempt doesn't count.

    `retry_after` is in seconds.
    """

    def __init__(self, code: str, reason: str, retry_after: float) -> None:
        super().__init__(code, reason)
        self.retry_after = retry_after


class Transport(Protocol):
    """Hands messages over."""

    def send(self, message: Message) -> str:
        """Hand the message over and return the id it has there. Raises Refused or Unavailable."""

    def close(self) -> None:
        """End the connections that are kept. Called when nothing is in hand any more."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a transport takes: messages a second and a day, and taken in the last 24 hours. None: without limit."""

    rate: float | None
    per_day: float | None = None
    sent: float = 0.0


class QuotaSource(Protocol):
    """Tells a transport's quota."""

    def quota(self) -> Quota:
        """Return the quota as it is now. Raises Unavailable."""
