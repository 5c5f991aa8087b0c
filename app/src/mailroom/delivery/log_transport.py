"""A transport that sends nothing, for development: it writes to the log that there was a message, by its id."""

from __future__ import annotations

import logging

from mailroom.delivery.transport import Write
from mailroom.messages.entities import Message

logger = logging.getLogger(__name__)


class LogTransport:
    """Takes every message that can be written as a mail, and drops it."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def send(self, message: Message) -> str:
        """Log the message's id and return one of the log's own. Raises Refused."""
        size = len(self._write(message))
        logger.info("a mail is dropped: this transport only logs", extra={"message_id": str(message.id), "bytes": size})
        return f"log-{message.id}"

    def close(self) -> None:
        """Nothing is kept."""
