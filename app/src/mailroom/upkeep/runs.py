"""What the schedule runs. No run raises: what failed is counted, and the next one tries again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Protocol

from mailroom.errors import StorageUnavailable
from mailroom.statistics.entities import Party, Unit
from mailroom.statistics.folding import FoldingService
from mailroom.upkeep.entities import Ages, Measures
from mailroom.upkeep.metrics import FOLDING, UpkeepMetrics
from mailroom.upkeep.service import PurgeService

logger = logging.getLogger(__name__)

# What is measured changes by the minute, and looking costs some ten statements.
_MEASURING_SECONDS = 60.0
# So many are read at a glance.
_TOP_SENDERS = 5


class Measured(Protocol):
    """What can be measured in the database."""

    def measures(self, ages: Ages) -> Measures:
        """Return what is overdue, and what else only the database knows."""


class Counted(Protocol):
    """What statistics have counted."""

    def top(self, unit: Unit, starts_on: date, role: Party, limit: int) -> Iterable[tuple[str, int]]:
        """Return the addresses with the highest counts, and these, in that order."""


class MeasuringWork(Protocol):
    """One transaction of measuring."""

    @property
    def rests(self) -> Measured:
        """What lies there, inside this transaction."""

    @property
    def statistics(self) -> Counted:
        """The counts, inside this transaction."""


class UpkeepRuns:
    """Folds, purges and measures. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        folding: FoldingService,
        purging: PurgeService,
        unit_of_work: Callable[[], AbstractContextManager[MeasuringWork]],
        ages: Ages,
        metrics: UpkeepMetrics,
    ) -> None:
        self._folding = folding
        self._purging = purging
        self._unit_of_work = unit_of_work
        self._ages = ages
        self._metrics = metrics
        self._measured_at: float | None = None

    def fold(self) -> None:
        """Fold what there is, as far as a run goes."""
        try:
            folded = self._folding.fold()
        except StorageUnavailable as error:
            logger.warning("statistics can't be folded now", extra={"error": str(error)})
            self._metrics.failed(FOLDING)
        except Exception:
            logger.exception("folding statistics broke")
            self._metrics.failed(FOLDING)
        else:
            if not folded.complete:
                logger.info("not all events are folded yet", extra={"events": folded.events})

    def purge(self) -> None:
        """Remove what is over, as far as a run goes."""
        done = self._purging.purge()
        for one in done:
            if one.failed:
                self._metrics.failed(one.rest.value)
        removed = {one.rest.value: one.removed for one in done if one.removed}
        if removed:
            logger.info("what is over is removed", extra={"removed": removed})

    def measure(self) -> None:
        """Measure, unless that was done less than a minute ago. Raises StorageUnavailable."""
        now = time.monotonic()
        if self._measured_at is not None and now - self._measured_at < _MEASURING_SECONDS:
            return
        month = Unit.MONTH.first_day(datetime.now(UTC).date())
        with self._unit_of_work() as work:
            self._metrics.measured(work.rests.measures(self._ages))
            self._metrics.top_senders(work.statistics.top(Unit.MONTH, month, Party.SENDER, _TOP_SENDERS))
        self._measured_at = now
