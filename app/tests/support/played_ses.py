"""SES as the life of messages finds it: each attempt as it is told, and what it took."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from mailroom.delivery.transport import Refused, Unavailable
from mailroom.messages.entities import Message


class Killed(BaseException):
    """The worker is killed: nothing that it would have done afterwards is done."""


class PlayedSes:
    """SES as the next attempt finds it, and how often it took each message."""

    def __init__(self) -> None:
        self.answer = "takes it"
        self.took: Counter[UUID] = Counter()
        # Times it took a message and nobody was told: each may cost a duplicate, and nothing else may.
        self.untold: Counter[UUID] = Counter()

    def send(self, message: Message) -> str:
        """Answer as it was told to."""
        if self.answer == "is away":
            raise Unavailable("Away", "SES is away.")
        if self.answer == "refuses it":
            raise Refused("No", "SES refuses it.")
        if self.answer == "the worker dies before":
            raise Killed
        self.took[message.id] += 1
        if self.answer == "takes it":
            return f"ses-{message.id}-{self.took[message.id]}"
        self.untold[message.id] += 1
        if self.answer == "the worker dies after":
            raise Killed
        raise Unavailable("Timeout", "SES took too long.")

    def close(self) -> None:
        """There is nothing to close."""


ANSWERS = (
    "takes it",
    "takes it",
    "is away",
    "refuses it",
    "takes it, and its answer is lost",
    "the worker dies before",
    "the worker dies after",
)
