"""A transport whose calls are traced."""

from __future__ import annotations

from mailroom.delivery.transport import Transport
from mailroom.messages.entities import Message
from mailroom.tracing.tracer import Side, Tracer


class TracedTransport:
    """Sends through another transport, in a span."""

    def __init__(self, inner: Transport, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    def send(self, message: Message) -> str:
        """Hand the message over. Raises Refused or Unavailable."""
        with self._tracer.span("send", Side.CLIENT, {"mailroom.message_id": str(message.id)}) as note:
            answer = self._inner.send(message)
            note("mailroom.provider_message_id", answer)
            return answer

    def close(self) -> None:
        """End the connections that are kept."""
        self._inner.close()
