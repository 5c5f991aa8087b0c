"""The worker: takes jobs from the queue until it is told to stop, then finishes what it has in hand."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.worker import Worker as QueueWorker

from mailroom.delivery.formats import READS, queues
from mailroom.errors import StorageUnavailable

logger = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 5.0
# A worker silent for so long is taken for dead: its jobs go to others. It must be longer than any pause of a live
# one, or a message is sent twice.
DEAD_AFTER_SECONDS = 30.0
_HOUSEKEEPING_SECONDS = 5.0
# NOTIFY wakes the worker at once; polling only finds what a lost connection missed, and jobs whose pause is over.
_POLLING_SECONDS = 2.0
_RESTART_SECONDS = 2.0


class Chores(Protocol):
    """What is done beside the jobs, every few seconds."""

    def measure(self) -> None:
        """Publish how long the queue is and how much may be sent, and queue what was forgotten.

        Called in a thread. Raises StorageUnavailable.
        """

    def taken_over(self, jobs: int) -> None:
        """Count jobs taken over from dead workers."""

    def stop(self) -> None:
        """Have jobs that only wait go back to the queue: the worker was told to stop."""

    def begin(self) -> None:
        """Let what is done beside the mail go on as long as it takes."""

    def end(self) -> None:
        """Have what is done beside the mail end soon: the worker stops, or starts again."""


class _Consumer(Protocol):
    """Procrastinate's worker, which has no types of its own."""

    async def run(self) -> None:
        """Do jobs until `stop`."""

    def stop(self) -> None:
        """Take no more jobs, and end when those in hand are done."""


class Worker:
    """Runs what `make_app` returns with so many jobs at once, of the formats that it reads.

    Jobs of the queues `aside` are done one at a time beside them, so that no mail waits for these.
    """

    def __init__(
        self,
        make_app: Callable[[], App],
        concurrency: int,
        chores: Chores,
        reads: Sequence[int] = READS,
        aside: Sequence[str] = (),
    ) -> None:
        self._make_app = make_app
        self._queues = queues(reads)
        self._aside = list(aside)
        self._concurrency = concurrency
        self._chores = chores
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT. When the database goes away, wait for it and go on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        while not self._stopping.is_set():
            try:
                await self._work()
            except ConnectorException as error:
                logger.warning("the queue can't be reached", extra={"error": str(error.__cause__ or error)})
            except Exception:
                logger.exception("the worker broke")
            if not self._stopping.is_set():
                logger.warning("the worker starts again", extra={"delay": _RESTART_SECONDS})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _RESTART_SECONDS)
        logger.info("the worker has stopped")

    def _stop(self) -> None:
        logger.info("the worker was told to stop and finishes what it has in hand")
        self._stopping.set()
        self._chores.stop()

    async def _work(self) -> None:
        app = self._make_app()
        async with app.open_async():
            logger.info("the worker is ready", extra={"concurrency": self._concurrency, "queues": self._queues})
            self._chores.begin()
            workers = [self._worker(app, self._queues, self._concurrency)]
            if self._aside:
                workers.append(self._worker(app, self._aside, 1))
            working = [asyncio.create_task(one.run()) for one in workers]
            keeping_house = asyncio.create_task(self._keep_house(app))
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({*working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._chores.end()
            for task in (keeping_house, stopping):
                task.cancel()
            for one in workers:
                # Take no more jobs, wait for those in hand. To be cancelled means the same to Procrastinate, but now
                # and then that is lost while it still registers itself (seen on Python 3.11): it goes on for ever.
                one.stop()
            for ended in await asyncio.gather(*working, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _worker(self, app: App, names: list[str], concurrency: int) -> _Consumer:
        return QueueWorker(
            app,
            queues=names,
            concurrency=concurrency,
            # What is done aside may wait for the next look: it needs no connection of its own to listen on.
            listen_notify=names is self._queues,
            fetch_job_polling_interval=_POLLING_SECONDS,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    async def _keep_house(self, app: App) -> None:
        while True:
            try:
                self._chores.taken_over(await take_over_stalled_jobs(app, self._queues, DEAD_AFTER_SECONDS))
                await drop_stalled_jobs(app, self._aside, DEAD_AFTER_SECONDS)
                await asyncio.to_thread(self._chores.measure)
            except (ConnectorException, StorageUnavailable) as error:
                logger.warning("the queue can't be looked after", extra={"error": type(error).__name__})
            except Exception:
                logger.exception("looking after the queue broke")
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)


async def take_over_stalled_jobs(app: App, names: Sequence[str], dead_after: float) -> int:
    """Put jobs back whose worker has been silent for `dead_after` seconds, and return how many."""
    taken = 0
    for queue in names:
        for job in await app.job_manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=dead_after):
            try:
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
            except ConnectorException:
                # Another worker was faster.
                continue
            taken += 1
            logger.warning(
                "the worker that had this job is dead: it is done again", extra={"job_id": job.id, **job.task_kwargs}
            )
    return taken


async def drop_stalled_jobs(app: App, names: Sequence[str], dead_after: float) -> None:
    """Take scheduled jobs away whose worker has been silent for `dead_after` seconds: the schedule brings others.

    Put back they would clash with the one that waits already, which waits for their lock in turn: for ever.
    """
    for queue in names:
        for job in await app.job_manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=dead_after):
            # Another worker may have been faster.
            with contextlib.suppress(ConnectorException):
                await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
                logger.warning("the worker that had this scheduled job is dead", extra={"job_id": job.id})
