"""What a rate limit is, what was counted under it, and what follows from that."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mailroom.errors import LimitExceeded, MailroomError

_FORM = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_OFF = frozenset({"0", "off"})
# Too many to meet by chance, and a name that a client sends, of any length, takes no more room in Redis than these.
_KEY_BYTES = 16


class Limit(StrEnum):
    """Which of the configured rate limits counts."""

    READS = "reads"
    WRITES = "writes"
    LOGIN = "login"
    FAILURES = "failures"


_WORDS = {
    Limit.READS: "{} reads",
    Limit.WRITES: "{} writes",
    Limit.LOGIN: "{} attempts to log in",
    Limit.FAILURES: "{} failed authentications from this address",
}


class CounterUnavailable(MailroomError):
    """What counts for all processes can't be reached, or not in time."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `seconds`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate | None:
        """Read `600/minute` (second, minute, hour, day); None for `0` or `off`. Raises ValueError."""
        if text.lower() in _OFF:
            return None
        found = _FORM.fullmatch(text.lower())
        if found is None:
            raise ValueError("it must be like 600/minute (or second, hour, day), 0 or off")
        return cls(int(found[1]), _SECONDS[found[2]])

    def share(self, parts: int) -> Rate:
        """Return what one of so many equal parts is, at least one."""
        return Rate(math.ceil(self.amount / parts), self.seconds)


@dataclass(frozen=True, slots=True)
class Question:
    """One count that is asked for: of whom, under which limit, and whether it takes a place or only looks."""

    limit: Limit
    rate: Rate
    who: tuple[str, ...]
    takes: bool = True

    @property
    def key(self) -> str:
        """The name of the count: short whatever `who` is, nothing personal in it, and another for another window."""
        who = "\0".join(self.who).encode("utf-8", "surrogatepass")
        return f"{self.limit}:{self.rate.seconds}:{hashlib.blake2b(who, digest_size=_KEY_BYTES).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Window:
    """What was counted in the window before and in this one, and how many seconds are left of this one.

    Together they stand for the last `rate.seconds`: the window before counts by the share of it that is still inside
    (the sliding window counter of the library `limits`).
    """

    previous: int
    current: int
    left: float

    def used(self, rate: Rate) -> int:
        """Return how many were counted in the last `rate.seconds`, as if they had come evenly."""
        return math.floor(self.previous * self.left / rate.seconds) + self.current

    def wait(self, rate: Rate, used: int) -> float:
        """Return the seconds until no more than `used` are counted, if no other comes."""
        if self.current <= used:
            fading = (used - self.current + 1) * rate.seconds / self.previous if self.previous else math.inf
            return max(0.0, self.left - fading)
        return self.left + max(0.0, rate.seconds - (used + 1) * rate.seconds / self.current)


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands under a limit: whether they were let in, how many more may come, seconds until one more."""

    limit: Limit
    rate: Rate
    let_in: bool
    remaining: int
    reset: int

    @classmethod
    def of(cls, question: Question, rate: Rate, window: Window, *, taken: bool) -> Standing:
        """Return what follows from what was counted. `taken`: the place that was asked for could be had."""
        used = window.used(rate)
        remaining = max(0, rate.amount - used) if taken else 0
        let_in = taken if question.takes else remaining > 0
        if not let_in:
            return cls(question.limit, rate, let_in, 0, max(1, math.ceil(window.wait(rate, rate.amount - 1))))
        reset = math.ceil(window.wait(rate, min(used, rate.amount) - 1)) if used else 0
        return cls(question.limit, rate, let_in, remaining, reset)

    def must_be_let_in(self) -> None:
        """Raise LimitExceeded for somebody who wasn't let in."""
        if not self.let_in:
            most = _WORDS[self.limit].format(self.rate.amount)
            raise LimitExceeded(
                f"More than {most} in {self.rate.seconds} s. Try again in {self.reset} s.", self.reset, self.limit
            )


class Counter(Protocol):
    """Counts."""

    def count(self, questions: Sequence[Question]) -> list[Standing]:
        """Answer each question, all at one moment. Raises CounterUnavailable."""
