from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException

from mailroom.delivery.worker import Worker


class FakeChores:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def measure(self) -> None:
        """Nothing is measured here."""

    def taken_over(self, jobs: int) -> None:
        assert jobs == 0

    def stop(self) -> None:
        self.told.append("stop")

    def begin(self) -> None:
        self.told.append("begin")

    def end(self) -> None:
        self.told.append("end")


class FakeApp:
    """An app without jobs; the worker on the queue `breaks` breaks the first time, and the second stops the process."""

    def __init__(self, breaks: str) -> None:
        self.workers: list[FakeWorker] = []
        self.breaks = breaks
        self.job_manager = self

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:
        yield

    async def get_stalled_jobs(self, **_: object) -> list[object]:
        return []


class FakeWorker:
    """Procrastinate's: works until it is told to stop."""

    def __init__(self, app: FakeApp, *, queues: list[str], **how: object) -> None:
        self.queues = queues
        self.how = how
        self.ended = False
        self._app = app
        self._stopping = asyncio.Event()
        app.workers.append(self)

    async def run(self) -> None:
        if self._app.breaks in self.queues:
            if len([one for one in self._app.workers if one.queues == self.queues]) == 1:
                raise ConnectorException("away")
            os.kill(os.getpid(), signal.SIGTERM)
        await self._stopping.wait()
        self.ended = True

    def stop(self) -> None:
        self._stopping.set()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailroom.delivery.worker._RESTART_SECONDS", 0.01)
    monkeypatch.setattr("mailroom.delivery.worker.QueueWorker", FakeWorker)


def run(app: FakeApp, chores: FakeChores, *aside: str) -> None:
    asyncio.run(Worker(lambda: cast("App", app), 3, chores, aside=aside).run())


@pytest.mark.parametrize("breaks", ["delivery", "upkeep"])
def test_when_one_half_breaks_the_other_is_ended_and_both_begin_again(breaks: str) -> None:
    app, chores = FakeApp(breaks), FakeChores()

    run(app, chores, "upkeep")

    assert chores.told == ["begin", "end", "begin", "stop", "end"]
    assert [(one.queues[0], one.ended) for one in app.workers] == [
        ("delivery", breaks != "delivery"),
        ("upkeep", breaks != "upkeep"),
        ("delivery", True),
        ("upkeep", True),
    ]


def test_what_is_done_aside_is_one_at_a_time_and_listens_on_no_connection_of_its_own() -> None:
    app = FakeApp("delivery")

    run(app, FakeChores(), "upkeep")

    mail, aside = app.workers[:2]
    assert (mail.how["concurrency"], mail.how["listen_notify"]) == (3, True)
    assert (aside.queues, aside.how["concurrency"], aside.how["listen_notify"]) == (["upkeep"], 1, False)


def test_without_anything_aside_there_is_only_mail() -> None:
    app = FakeApp("delivery")

    run(app, FakeChores())

    assert {one.queues[0] for one in app.workers} == {"delivery"}
