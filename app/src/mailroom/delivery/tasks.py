"""The job that delivers a message, as Procrastinate runs it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from mailroom.delivery.formats import READS, Delivery, UnreadableFormat, queue_of, read
from mailroom.delivery.queue import TASK
from mailroom.delivery.service import DeliveryService, Outcome, RetryLater
from mailroom.errors import StorageUnavailable
from mailroom.request_ids import request_id_in_hand

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


def delivering_app(
    connector: PsycopgConnector,
    service: DeliveryService,
    threads: Executor,
    observe: Observe,
    reads: Sequence[int] = READS,
) -> App:
    """Return an app that delivers in `threads` what it can read, and leaves the rest to the queue of its format.

    `observe` is told each attempt's outcome (None: error) and seconds.
    """
    app = App(connector=connector)

    @app.task(name=TASK, retry=Retries())
    async def deliver(**arguments: object) -> None:
        try:
            delivery = read(arguments, reads)
        except UnreadableFormat as error:
            logger.warning("a job waits for a worker that can read it", extra={"format": error.number})
            raise
        # Blocking work belongs in a thread: the loop must stay free to send heartbeats.
        await asyncio.get_running_loop().run_in_executor(threads, _attempt, service, delivery, observe)

    del deliver
    return app


def _attempt(service: DeliveryService, delivery: Delivery, observe: Observe) -> None:
    message_id = str(delivery.message_id)
    request_id_in_hand.set(delivery.request_id)
    began = time.monotonic()
    outcome = None
    try:
        outcome = service.deliver(delivery.message_id)
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
        observe(outcome, time.monotonic() - began)
        request_id_in_hand.set(None)
