"""What a tracer does, and the one that does nothing. Neither knows OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

# The context of the trace in hand (W3C Trace Context, `traceparent`), as a job carries it to the worker.
traceparent_in_hand: ContextVar[str | None] = ContextVar("traceparent_in_hand", default=None)

Attributes = Mapping[str, str | int]
# Told while the span goes on: an attribute that is known only then.
Note = Callable[[str, str | int], None]


class Side(StrEnum):
    """On which side of a call a span is."""

    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"


class Tracer(Protocol):
    """Makes spans. Names and attributes hold nothing personal."""

    def span(
        self, name: str, side: Side, attributes: Attributes, parent: str | None = None
    ) -> AbstractContextManager[Note]:
        """Open a span, below `parent` (a traceparent) or the span in hand. An error that leaves it is noted by name."""

    def traces(self) -> bool:
        """Whether a span is in hand, below which another makes sense."""

    def close(self) -> None:
        """Hand over what is left."""


def _nothing(_name: str, _value: str | int) -> None:
    return


class NoTracer:
    """Traces nothing."""

    def span(
        self, name: str, side: Side, attributes: Attributes, parent: str | None = None
    ) -> AbstractContextManager[Note]:
        """Open no span."""
        del name, side, attributes, parent
        return nullcontext(_nothing)

    def traces(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Nothing is left."""


def open_tracer(endpoint: str | None, component: str) -> Tracer:
    """Return a tracer that sends to an OTLP endpoint, or without one a tracer that does nothing."""
    if endpoint is None:
        return NoTracer()
    from mailroom.tracing.otel import otel_tracer  # noqa: PLC0415 - who doesn't trace shall not pay its memory

    return otel_tracer(endpoint, component)
