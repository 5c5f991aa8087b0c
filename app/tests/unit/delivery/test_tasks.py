from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from procrastinate import RetryDecision
from procrastinate.jobs import Job
from procrastinate.testing import InMemoryConnector

from mailroom.config import DeliverySettings
from mailroom.delivery.admission import Admission
from mailroom.delivery.allowance import Allowance
from mailroom.delivery.breaker import Breaker
from mailroom.delivery.formats import Delivery, arguments
from mailroom.delivery.queue import TASK
from mailroom.delivery.service import DeliveryService, Outcome, RetryLater, Surroundings
from mailroom.delivery.tasks import Attempting, Retries, delivering_app
from mailroom.errors import StorageUnavailable
from mailroom.messages.entities import State
from mailroom.request_ids import request_id_in_hand
from mailroom.tracing.tracer import NoTracer
from support.fake_storage import FakeStorage
from support.fakes import NOW, FakeTransport, a_message

ID = a_message().id
AWAY = "The mail provider is away: the message waits until it is back, which costs no attempt."


class Bench:
    """One queued message and its job, in memory; nobody waits in hand for a turn."""

    def __init__(self, *answers: Exception) -> None:
        self.storage = FakeStorage()
        self.storage.messages.add(a_message())
        self.now = NOW
        self.observed: list[Outcome | None] = []
        self.seconds: list[float] = []
        self.request_ids: list[str | None] = []
        self.breaker = Breaker(1, 600)
        self.transport = FakeTransport(list(answers))
        self.admission = Admission(self.breaker, Allowance(None, lambda: 1), lambda *_: None, patience=0)

    def work(self) -> dict[str, Any] | None:
        """Run the job once; return it as the queue has it then."""
        service = DeliveryService(
            self.storage.unit_of_work,
            self.transport,
            DeliverySettings(concurrency=1, max_attempts=3, backoff_base=2, backoff_cap=60),
            Surroundings(now=lambda: self.now),
        )
        connector = InMemoryConnector()

        async def run(threads: ThreadPoolExecutor) -> None:
            attempting = Attempting(service, threads, self.observe, NoTracer())
            app = delivering_app(connector, attempting, self.admission)  # type: ignore[arg-type]
            async with app.open_async():
                await app.configure_task(TASK, queue="delivery").defer_async(**arguments(Delivery(ID, "r")))
                await app.run_worker_async(
                    queues=["delivery"], wait=False, install_signal_handlers=False, delete_jobs="successful"
                )

        with ThreadPoolExecutor(1) as threads:
            asyncio.run(run(threads))
        return next(iter(connector.jobs.values()), None)

    def observe(self, outcome: Outcome | None, seconds: float) -> None:
        self.observed.append(outcome)
        self.seconds.append(seconds)
        self.request_ids.append(request_id_in_hand.get())

    @property
    def state(self) -> tuple[State, int, str | None]:
        message = self.storage.messages.stored[ID]
        return message.state, message.attempts, message.reason


def job(attempts: int) -> Job:
    return Job(id=1, queue="delivery", lock=None, queueing_lock=None, task_name="mailroom.deliver", attempts=attempts)


def seconds_until(decision: RetryDecision | None) -> float:
    assert decision is not None
    assert decision.retry_at is not None
    return float((decision.retry_at - datetime.now(UTC)).total_seconds())


def test_a_message_comes_back_when_delivery_says() -> None:
    assert seconds_until(Retries().get_retry_decision(exception=RetryLater(60), job=job(50))) == pytest.approx(
        60, abs=1
    )


def test_while_the_database_is_away_a_job_comes_back_without_end() -> None:
    decision = Retries().get_retry_decision(exception=StorageUnavailable("away"), job=job(1000))

    assert seconds_until(decision) == pytest.approx(5, abs=1)


def test_an_error_that_nobody_foresaw_is_left_for_people_in_the_end() -> None:
    assert Retries().get_retry_decision(exception=RuntimeError(), job=job(9)) is not None
    assert Retries().get_retry_decision(exception=RuntimeError(), job=job(10)) is None


def test_a_job_whose_turn_it_is_is_done_and_gone() -> None:
    bench = Bench()

    assert bench.work() is None
    assert bench.state == (State.SENT, 1, None)
    assert bench.observed == [Outcome.SENT]
    assert 0 <= bench.seconds[0] < 60
    assert bench.request_ids == ["r"]


def test_a_job_that_cant_have_its_turn_comes_back_and_its_message_says_why() -> None:
    bench = Bench()
    bench.breaker.failed(float("inf"))

    job = bench.work()

    assert job is not None
    assert job["status"] == "todo"
    assert (job["scheduled_at"] - datetime.now(UTC)).total_seconds() == pytest.approx(600, abs=30)
    assert bench.state == (State.QUEUED, 0, AWAY)
    assert bench.observed == []


def test_a_message_that_waited_too_long_for_its_turn_is_failed_and_its_job_gone() -> None:
    bench = Bench()
    bench.breaker.failed(float("inf"))
    bench.now += timedelta(days=3)

    assert bench.work() is None
    assert bench.state[0] is State.FAILED
    assert bench.observed == [Outcome.FAILED]
    assert 0 <= bench.seconds[0] < 60


def test_a_message_that_was_cancelled_while_it_waited_is_left_alone() -> None:
    bench = Bench()
    bench.breaker.failed(float("inf"))
    bench.storage.messages.stored[ID] = replace(a_message(), state=State.CANCELLED)
    bench.now += timedelta(days=3)

    assert bench.work() is None
    assert bench.state[0] is State.CANCELLED
    assert bench.observed == []


def test_an_error_that_nobody_foresaw_is_counted_and_gives_its_turn_back() -> None:
    bench = Bench()
    bench.storage.messages.stored[ID] = replace(a_message(), attempts="many")  # type: ignore[arg-type]

    job = bench.work()

    assert job is not None
    assert job["status"] == "todo"
    assert bench.observed == [None]


def test_a_database_that_is_away_costs_no_attempt_and_brings_the_job_back() -> None:
    bench = Bench()
    bench.storage.away = 1

    job = bench.work()

    assert job is not None
    assert (job["scheduled_at"] - datetime.now(UTC)).total_seconds() == pytest.approx(5, abs=4)
    assert bench.state == (State.QUEUED, 0, None)
