"""Removing what is over: in small batches, each a transaction of its own, with pauses that leave room for mail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from mailroom.errors import StorageUnavailable
from mailroom.upkeep.entities import Ages, Batch, Place, Purged, Rest

logger = logging.getLogger(__name__)


class Rests(Protocol):
    """Where it lies."""

    def remove(self, rest: Rest, age: timedelta, at_most: int, place: Place | None) -> Batch:
        """Remove some of what is older than `age`, from a place on where it is walked through."""

    def count(self, rest: Rest, age: timedelta) -> int:
        """Return how much is older than `age`."""


class UpkeepWork(Protocol):
    """One transaction of upkeep."""

    @property
    def rests(self) -> Rests:
        """What lies there, inside this transaction."""


@dataclass(frozen=True, slots=True)
class PurgePace:
    """How much at once: rows in one transaction, seconds between two, and transactions of a kind in one run."""

    batch: int = 500
    pause: float = 0.1
    batches: int | None = 60


class PurgeService:
    """Removes what is older than it may be. `unit_of_work` opens one transaction each time it is called.

    `wait` waits so many seconds and tells whether it is time to stop; `told` hears what each transaction removed.
    """

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[UpkeepWork]],
        ages: Ages,
        wait: Callable[[float], bool],
        told: Callable[[Rest, int], None],
        pace: PurgePace | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._ages = ages
        self._wait = wait
        self._told = told
        self._pace = pace or PurgePace()

    def purge(self) -> list[Purged]:
        """Remove of every kind what a run may. An error ends its kind only, and is logged."""
        done = []
        for rest in Rest:
            if self._wait(0):
                break
            done.append(self._purge(rest))
        return done

    def due(self) -> list[Purged]:
        """Return what `purge` would remove if nothing ended it. Raises StorageUnavailable."""
        found = []
        for rest in Rest:
            with self._unit_of_work() as work:
                found.append(Purged(rest, work.rests.count(rest, self._ages[rest])))
        return found

    def _purge(self, rest: Rest) -> Purged:
        removed, batches, place = 0, 0, None
        try:
            while self._pace.batches is None or batches < self._pace.batches:
                with self._unit_of_work() as work:
                    batch = work.rests.remove(rest, self._ages[rest], self._pace.batch, place)
                self._told(rest, batch.removed)
                removed, batches, place = removed + batch.removed, batches + 1, batch.place
                if not batch.more or self._wait(self._pace.pause):
                    break
        except StorageUnavailable as error:
            logger.warning("what is over can't be removed now", extra={"rest": rest.value, "error": str(error)})
            return Purged(rest, removed, failed=True)
        except Exception:
            logger.exception("removing what is over broke", extra={"rest": rest.value})
            return Purged(rest, removed, failed=True)
        return Purged(rest, removed)
