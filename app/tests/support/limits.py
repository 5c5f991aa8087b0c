"""Fakes and questions for what counts requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailroom.ratelimits.entities import Counter, CounterUnavailable, Limit, Question, Rate, Standing
from mailroom.ratelimits.local import LocalCounter
from mailroom.ratelimits.service import Limiter


@dataclass
class Clock:
    """Seconds that pass when told."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def reads(amount: int, who: str = "key:1", *, seconds: int = 60, takes: bool = True) -> Question:
    """Return a question for one read of somebody."""
    return Question(Limit.READS, Rate(amount, seconds), (who,), takes)


@dataclass
class FakeShared:
    """Counts in memory as Redis would, and not at all while it is away."""

    away: bool = False
    asked: int = 0
    counter: Counter = field(default_factory=lambda: LocalCounter(1))

    def count(self, questions: Sequence[Question]) -> list[Standing]:
        self.asked += 1
        if self.away:
            raise CounterUnavailable("away")
        return self.counter.count(questions)


def limiter_of(refused: list[Limit] | None = None, clock: Clock | None = None, **rates: str) -> Limiter:
    """Return a limiter with these limits alone: `limiter_of(reads="2/minute")`."""
    parsed = {Limit(name): Rate.parse(text) for name, text in rates.items()}
    return Limiter(parsed, LocalCounter(1, clock=clock or Clock()), (refused if refused is not None else []).append)
