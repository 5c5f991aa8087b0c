"""What a transport does: hand one message to somebody who delivers it."""

from __future__ import annotations

from typing import Protocol

from mailroom.messages.entities import Message


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
    """The transport can't take anything now, or not so fast: sending it again may help."""


class Transport(Protocol):
    """Hands messages over."""

    def send(self, message: Message) -> str:
        """Hand the message over and return the id it has there. Raises Refused or Unavailable."""
