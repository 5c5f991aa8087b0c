"""The job that delivers a message, as Procrastinate runs it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from mailroom.delivery.admission import Admission, NotNow
from mailroom.delivery.formats import READS, Delivery, UnreadableFormat, queue_of, read
from mailroom.delivery.queue import TASK
from mailroom.delivery.service import DeliveryService, Outcome, RetryLater
from mailroom.errors import StorageUnavailable
from mailroom.request_ids import request_id_in_hand
from mailroom.tracing.tracer import Side, Tracer

logger = logging.getLogger(__name__)

# The pause while the database is away.
_AWAY_SECONDS = 5
# An error that nobody foresaw: enough tries to outlive a bad moment, then the job is left as failed, for people to see.
_UNFORESEEN_SECONDS = 30
_UNFORESEEN_TRIES = 10

Observe = Callable[[Outcome | None, float], None]


class Retries(BaseRetryStrategy):
    """When a job comes back. Giving a message up is DeliveryService's to decide, and no error."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again and in which queue, or None to leave the job as failed."""
        if isinstance(exception, UnreadableFormat):
            return RetryDecision(retry_at=datetime.now(UTC), queue=queue_of(exception.number))
        if isinstance(exception, RetryLater):
            delay = exception.delay
        elif isinstance(exception, StorageUnavailable):
            delay = _AWAY_SECONDS
        elif job.attempts < _UNFORESEEN_TRIES:
            delay = _UNFORESEEN_SECONDS
        else:
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=delay))


@dataclass(frozen=True, slots=True)
class Attempting:
    """Who attempts, in which threads; who traces it, and is told each attempt's outcome (None: error) and seconds."""

    service: DeliveryService
    threads: Executor
    observe: Observe
    tracer: Tracer


def delivering_app(
    connector: PsycopgConnector, attempting: Attempting, admission: Admission, reads: Sequence[int] = READS
) -> App:
    """Return an app that delivers what it can read, and leaves the rest to the queue of its format.

    Each job waits for its turn first, and is put back where that takes long.
    """
    app = App(connector=connector)

    @app.task(name=TASK, retry=Retries(), pass_context=True)
    async def deliver(context: JobContext, /, **arguments: object) -> None:
        try:
            delivery = read(arguments, reads)
        except UnreadableFormat as error:
            logger.warning("a job waits for a worker that can read it", extra={"format": error.number})
            raise
        # Blocking work belongs in a thread: the loop must stay free to send heartbeats.
        in_thread = partial(asyncio.get_running_loop().run_in_executor, attempting.threads)
        try:
            leave = await admission.turn(context.job.worker_id)
        except NotNow as wait:
            if wait.reason is None or await in_thread(_put_off, attempting, delivery, wait.reason):
                raise RetryLater(wait.delay) from None
            return
        try:
            await in_thread(_attempt, attempting, delivery)
        finally:
            admission.leave(leave)

    del deliver
    return app


def _put_off(attempting: Attempting, delivery: Delivery, reason: str) -> bool:
    """Return whether the job is to come back."""
    request_id_in_hand.set(delivery.request_id)
    began = time.monotonic()
    try:
        outcome = attempting.service.put_off(delivery.message_id, reason)
    finally:
        request_id_in_hand.set(None)
    if outcome is Outcome.FAILED:
        attempting.observe(outcome, time.monotonic() - began)
    return outcome is Outcome.RETRIED


def _attempt(attempting: Attempting, delivery: Delivery) -> None:
    message_id = str(delivery.message_id)
    request_id_in_hand.set(delivery.request_id)
    began = time.monotonic()
    outcome = None
    attributes = {"mailroom.message_id": message_id, "mailroom.request_id": delivery.request_id}
    try:
        with attempting.tracer.span("deliver", Side.CONSUMER, attributes, delivery.traceparent):
            outcome = attempting.service.deliver(delivery.message_id)
    except RetryLater:
        outcome = Outcome.RETRIED
        raise
    except StorageUnavailable as error:
        logger.warning("the database is away", extra={"message_id": message_id, "error": str(error)})
        raise
    except Exception:
        logger.exception("the attempt broke", extra={"message_id": message_id})
        raise
    finally:
        attempting.observe(outcome, time.monotonic() - began)
        request_id_in_hand.set(None)
