from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App
from procrastinate.testing import InMemoryConnector

from mailroom.delivery.formats import queues
from mailroom.upkeep.tasks import FOLD, PURGE, QUEUE, add_upkeep


class FakeRuns:
    """Notes what was run."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def fold(self) -> None:
        self.ran.append("fold")

    def purge(self) -> None:
        self.ran.append("purge")


def test_workers_that_only_deliver_never_see_upkeep() -> None:
    assert QUEUE not in queues()


def test_each_job_is_put_into_the_queue_of_upkeep_and_waits_and_runs_alone() -> None:
    app = App(connector=InMemoryConnector())
    with ThreadPoolExecutor(1) as thread:
        add_upkeep(app, FakeRuns(), thread)

    periodic = {name: task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items()}
    assert periodic == {FOLD: "* * * * *", PURGE: "17 * * * *"}
    for name in (FOLD, PURGE):
        task = app.tasks[name]
        assert (task.queue, task.lock, task.queueing_lock) == (QUEUE, name, name)


def test_a_job_does_its_run_in_the_thread() -> None:
    runs = FakeRuns()
    app = App(connector=InMemoryConnector())

    async def work(thread: ThreadPoolExecutor) -> None:
        add_upkeep(app, runs, thread)
        async with app.open_async():
            await app.tasks[PURGE].defer_async(timestamp=1)
            await app.tasks[FOLD].defer_async(timestamp=1)
            await app.run_worker_async(
                queues=[QUEUE], wait=False, listen_notify=False, install_signal_handlers=False, delete_jobs="successful"
            )

    with ThreadPoolExecutor(1) as thread:
        asyncio.run(work(thread))

    assert set(runs.ran) == {"fold", "purge"}
