from __future__ import annotations

from datetime import UTC, datetime

import pytest
from procrastinate import RetryDecision
from procrastinate.jobs import Job

from mailroom.delivery.service import RetryLater
from mailroom.delivery.tasks import Retries
from mailroom.errors import StorageUnavailable


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
