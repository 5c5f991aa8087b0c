"""The formats of a job's arguments, each with its number.

Two releases work on one queue while a release travels and after it is taken back, so each must read what the other
writes: a new format is first read by one release, and written by the next. `make release` refuses it otherwise, by what
`[tool.slipway.jobs]` in pyproject.toml says; a test keeps that and the numbers here the same.

Each format has a queue of its own, and a worker asks only for jobs of queues that it can read: those of others wait for
a worker that can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

# 1: message_id, request_id. The format of the first releases, which knew of no numbers: it carries none.
# 2: the same, with its number as `format`.
# 3: the same, and `traceparent`: the trace of the request that queued it (W3C Trace Context), or null.
READS: tuple[int, ...] = (1, 2, 3)
WRITES = 1

_FIRST = 1
_TRACED = 3
_QUEUE = "delivery"


class UnreadableFormat(Exception):
    """A job is of a format that this release can't read. It belongs into the queue of that format."""

    def __init__(self, number: int) -> None:
        super().__init__(f"a job of format {number}, which this release doesn't read")
        self.number = number


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a job asks for."""

    message_id: UUID
    request_id: str
    traceparent: str | None = None


def queue_of(number: int) -> str:
    """Return the queue for jobs of a format. The first releases know the first queue only."""
    return _QUEUE if number == _FIRST else f"{_QUEUE}.{number}"


def queues(reads: Sequence[int] = READS) -> list[str]:
    """Return the queues that a worker works on."""
    return [queue_of(number) for number in reads]


def arguments(delivery: Delivery, number: int = WRITES) -> dict[str, str | int | None]:
    """Return a job's arguments in a format."""
    body: dict[str, str | int | None] = {"message_id": str(delivery.message_id), "request_id": delivery.request_id}
    if number >= _TRACED:
        body["traceparent"] = delivery.traceparent
    return body if number == _FIRST else {"format": number, **body}


def read(found: Mapping[str, object], reads: Sequence[int] = READS) -> Delivery:
    """Return what a job's arguments ask for. Raises UnreadableFormat; ValueError and KeyError for what is no job."""
    number = found.get("format", _FIRST)
    if not isinstance(number, int):
        raise ValueError(f"a job's format is {number!r}: it must be a number")  # noqa: TRY004 - the job's text, not ours
    if number not in reads:
        raise UnreadableFormat(number)
    traceparent = found["traceparent"] if number >= _TRACED else None
    return Delivery(
        UUID(str(found["message_id"])), str(found["request_id"]), None if traceparent is None else str(traceparent)
    )
