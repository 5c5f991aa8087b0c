"""Reading what was counted. Nothing here grows with the number of messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from mailroom.messages.lifecycle import EventKind
from mailroom.statistics.entities import (
    AddressCount,
    Counts,
    DayCounts,
    Days,
    Dimension,
    KeyCounts,
    Party,
    Period,
    Top,
    Totals,
    Unit,
)


class Statistics(Protocol):
    """Where the counts are kept. Kinds are words here: a later release may count kinds that this one doesn't know."""

    def as_of(self) -> datetime:
        """Return up to when the counts are complete."""

    def days(self, period: Period, dimension: Dimension, key: str) -> Iterable[tuple[date, str, int]]:
        """Return day, kind and count, where there is one."""

    def totals(self, period: Period, dimension: Dimension, limit: int) -> Iterable[tuple[str, str, int]]:
        """Return key, kind and total of the keys with the most accepted messages, in that order."""

    def top(self, unit: Unit, starts_on: date, role: Party, limit: int) -> Iterable[tuple[str, int]]:
        """Return the addresses with the highest counts, and these, in that order."""


class StatisticsWork(Protocol):
    """One transaction over the counts."""

    @property
    def statistics(self) -> Statistics:
        """The counts, inside this transaction."""


class StatisticsService:
    """Tells what was counted. `unit_of_work` opens one transaction each time it is called.

    `as_of` is read before the counts: what is folded between the two may be in them, and nothing is missing.
    """

    def __init__(self, unit_of_work: Callable[[], AbstractContextManager[StatisticsWork]]) -> None:
        self._unit_of_work = unit_of_work

    def days(self, period: Period, dimension: Dimension = Dimension.ALL, key: str = "") -> Days:
        """Return the counts of each day of the period, of all messages or of one tag or domain.

        Raises StorageUnavailable.
        """
        with self._unit_of_work() as work:
            as_of = work.statistics.as_of()
            found = list(work.statistics.days(period, dimension, key))
        of_days: dict[date, dict[str, int]] = {day: {} for day in period.days()}
        for day, kind, count in found:
            of_days[day][kind] = count
        return Days(as_of, [DayCounts(day, _counts(counts)) for day, counts in of_days.items()])

    def totals(self, period: Period, dimension: Dimension, limit: int) -> Totals:
        """Return the tags or domains with the most accepted messages in the period. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            as_of = work.statistics.as_of()
            found = list(work.statistics.totals(period, dimension, limit))
        of_keys: dict[str, dict[str, int]] = {}
        for key, kind, total in found:
            of_keys.setdefault(key, {})[kind] = total
        return Totals(as_of, [KeyCounts(key, _counts(counts)) for key, counts in of_keys.items()])

    def top(self, unit: Unit, starts_on: date, role: Party, limit: int) -> Top:
        """Return who sent or got most in a unit that starts on a day. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            as_of = work.statistics.as_of()
            found = list(work.statistics.top(unit, starts_on, role, limit))
        return Top(as_of, [AddressCount(address, count) for address, count in found])


def _counts(found: dict[str, int]) -> Counts:
    return {kind: found.get(kind, 0) for kind in EventKind}
