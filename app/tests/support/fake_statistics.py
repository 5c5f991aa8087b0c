"""Counts and events in lists, in the place of PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from mailroom.statistics.entities import Dimension, Party, Period, Unit
from mailroom.statistics.folding import Batch, Frontier

AS_OF = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class FakeStatistics:
    """Answers what it is given, and notes what it was asked for."""

    of_days: list[tuple[date, str, int]] = field(default_factory=list)
    of_keys: list[tuple[str, str, int]] = field(default_factory=list)
    of_addresses: list[tuple[str, int]] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def as_of(self) -> datetime:
        return AS_OF

    def days(self, period: Period, dimension: Dimension, key: str) -> Iterable[tuple[date, str, int]]:
        self.asked.append((period, dimension, key))
        return self.of_days

    def totals(self, period: Period, dimension: Dimension, limit: int) -> Iterable[tuple[str, str, int]]:
        self.asked.append((period, dimension, limit))
        return self.of_keys

    def top(self, unit: Unit, starts_on: date, role: Party, limit: int) -> Iterable[tuple[str, int]]:
        self.asked.append((unit, starts_on, role, limit))
        return self.of_addresses


@dataclass
class FakeFolding:
    """So many events, of which none is folded; `unsettled` so many looks long."""

    events: int = 0
    unsettled: int = 0
    busy: bool = False
    folded: int = 0

    def draw_frontier(self) -> Frontier:
        return Frontier(self.events, 1, AS_OF)

    def is_settled(self, frontier: Frontier) -> bool:
        del frontier
        self.unsettled -= 1
        return self.unsettled < 0

    def fold(self, frontier: Frontier, at_most: int) -> Batch | None:
        if self.busy:
            return None
        events = min(at_most, frontier.last - self.folded)
        self.folded += events
        return Batch(events, last=events < at_most)
