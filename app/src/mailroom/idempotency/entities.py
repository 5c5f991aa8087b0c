"""What is remembered of a request that carried an Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Which request it is: the caller's reference, the key, and the SHA-256 of what is asked (32 bytes)."""

    caller: str
    key: str
    fingerprint: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. `body` is JSON, `location` a path; `replayed` where it was given to an earlier request."""

    status: int
    body: str = field(repr=False)
    location: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an earlier request of the same key asked, by its fingerprint, and was answered."""

    fingerprint: bytes = field(repr=False)
    answer: Answer
