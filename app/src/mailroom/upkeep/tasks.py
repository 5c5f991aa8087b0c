"""The schedule, as Procrastinate keeps it: in the database, so that of many workers one does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from procrastinate import App

# Workers of releases before this one don't ask for it. A kind of job that this release doesn't know belongs into
# another queue, or it would be failed here.
QUEUE = "upkeep"
# A job in the database names its task: the names outlive releases, so they never change.
FOLD = "mailroom.fold_statistics"
PURGE = "mailroom.purge"

_EVERY_MINUTE = "* * * * *"
# Not at the full hour, when everybody else's jobs begin.
_EVERY_HOUR = "17 * * * *"


class Runs(Protocol):
    """What is run on the schedule. Neither raises: a failed job would only lie about."""

    def fold(self) -> None:
        """Fold what there is, as far as a run goes."""

    def purge(self) -> None:
        """Remove what is over, as far as a run goes."""


def add_upkeep(app: App, runs: Runs, thread: Executor) -> None:
    """Have the app put upkeep into its queue on schedule, and do it in a thread of its own.

    The same name is the lock of a job (one runs at a time) and of queueing it (one waits): while no worker is up,
    or one run takes longer than its pause, no others pile up.
    """
    _every(app, _EVERY_MINUTE, FOLD, runs.fold, thread)
    _every(app, _EVERY_HOUR, PURGE, runs.purge, thread)


def _every(app: App, cron: str, name: str, run: Callable[[], None], thread: Executor) -> None:
    @app.periodic(cron=cron)
    @app.task(name=name, queue=QUEUE, lock=name, queueing_lock=name)
    async def do(timestamp: int) -> None:
        del timestamp
        await asyncio.get_running_loop().run_in_executor(thread, run)

    del do
