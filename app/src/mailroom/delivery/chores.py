"""What the worker does every few seconds beside its jobs."""

from __future__ import annotations

import logging
import threading
import time

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.delivery.admission import Admission
from mailroom.metrics import WorkerMetrics
from mailroom.upkeep.runs import UpkeepRuns

logger = logging.getLogger(__name__)

# Looking for them reads all jobs, where a message is overdue.
_FORGOTTEN_SECONDS = 60.0
_FORGOTTEN_AT_ONCE = 500


class QueueChores:
    """Looks after the queue, measures it, and has upkeep end when the worker does."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        metrics: WorkerMetrics,
        admission: Admission,
        upkeep: UpkeepRuns,
        ending: threading.Event,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._metrics = metrics
        self._admission = admission
        self._upkeep = upkeep
        self._ending = ending
        self._looked_at = -_FORGOTTEN_SECONDS

    def measure(self) -> None:
        """Publish how long the queue is, and how much may be sent; queue what was forgotten."""
        self._queue_forgotten()
        with self._unit_of_work() as work:
            self._metrics.queue(*work.messages.waiting())
        self._upkeep.measure()
        self._admission.refresh()

    def taken_over(self, jobs: int) -> None:
        """Count jobs taken over from dead workers."""
        self._metrics.taken_over.inc(jobs)

    def stop(self) -> None:
        """Have jobs that only wait for their turn go back to the queue."""
        self._admission.stop()

    def begin(self) -> None:
        """Let upkeep go on as long as it takes."""
        self._ending.clear()

    def end(self) -> None:
        """Have upkeep end soon."""
        self._ending.set()

    def _queue_forgotten(self) -> None:
        if time.monotonic() - self._looked_at < _FORGOTTEN_SECONDS:
            return
        with self._unit_of_work() as work:
            forgotten = work.messages.take_forgotten(_FORGOTTEN_AT_ONCE)
            if forgotten:
                work.queue.put_all([(message_id, request_id, None) for message_id, request_id in forgotten])
        self._looked_at = time.monotonic()
        if forgotten:
            logger.warning("messages that were due had no job: they are queued", extra={"messages": len(forgotten)})
