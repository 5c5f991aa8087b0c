"""Folding: counting the events of messages, each exactly once, into tables that are read instead of them.

Events have ids in a row, so a mark tells up to which one they were counted. But a transaction takes its ids early and
commits late: behind the highest id that can be seen there may be lower ones that can't be seen yet, and a mark set
beyond those would leave them out for ever. So a frontier is drawn first: the highest id, and then the number of a
transaction begun after that id was seen. Nothing is folded before all transactions with lower numbers have ended: no
other can hold an id before the frontier. It would not do to ask whether the transaction of an event is older than all
that are under way: a younger one of these may hold a lower id.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Frontier:
    """Up to which event is to be folded.

    Attributes:
        last: the highest id of an event that can be seen.
        transaction: when all transactions with lower numbers have ended, no id up to `last` can appear any more.
        drawn_at: all events that were stored before this moment have ids up to `last`.

    """

    last: int
    transaction: int
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction folded: how many events, and whether they were the last before the frontier."""

    events: int
    last: bool


@dataclass(frozen=True, slots=True)
class Folded:
    """What a run folded. It is not `complete` where a transaction didn't end, another folds, or there is more."""

    events: int
    complete: bool


class Folding(Protocol):
    """The events and the counts, as folding sees them."""

    def draw_frontier(self) -> Frontier:
        """Return the frontier as it is now."""

    def is_settled(self, frontier: Frontier) -> bool:
        """Tell whether all have ended that may hold an id before the frontier."""

    def fold(self, frontier: Frontier, at_most: int) -> Batch | None:
        """Count the next events up to a settled frontier and move the mark. None while another does."""


class FoldingWork(Protocol):
    """One transaction of folding: the counts and the mark move together or not at all."""

    @property
    def folding(self) -> Folding:
        """The events and the counts, inside this transaction."""


@dataclass(frozen=True, slots=True)
class FoldingPace:
    """How much at once: events in one transaction, transactions in one run, and seconds to wait for others' ends."""

    batch: int = 2000
    batches: int = 50
    patience: float = 5.0
    glance: float = 0.05


class FoldingService:
    """Folds. `unit_of_work` opens one transaction each time it is called.

    `wait` waits so many seconds and tells whether it is time to stop; `told` hears how many events each transaction
    counted.
    """

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[FoldingWork]],
        wait: Callable[[float], bool],
        told: Callable[[int], None],
        pace: FoldingPace | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._wait = wait
        self._told = told
        self._pace = pace or FoldingPace()

    def fold(self) -> Folded:
        """Fold what there is, as far as a run goes. Raises StorageUnavailable; what was folded before stays so."""
        with self._unit_of_work() as work:
            frontier = work.folding.draw_frontier()
        if not self._settles(frontier):
            return Folded(0, complete=False)
        events = 0
        for _ in range(self._pace.batches):
            with self._unit_of_work() as work:
                batch = work.folding.fold(frontier, self._pace.batch)
            if batch is None:
                break
            self._told(batch.events)
            events += batch.events
            if batch.last:
                return Folded(events, complete=True)
            if self._wait(0):
                break
        return Folded(events, complete=False)

    def _settles(self, frontier: Frontier) -> bool:
        deadline = time.monotonic() + self._pace.patience
        while True:
            with self._unit_of_work() as work:
                if work.folding.is_settled(frontier):
                    return True
            if time.monotonic() >= deadline or self._wait(self._pace.glance):
                return False
