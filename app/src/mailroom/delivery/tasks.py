"""The job that delivers a message, as Procrastinate runs it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from mailroom.delivery.queue import QUEUE, TASK
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
        """Return when to try again, or None to leave the job as failed."""
        if isinstance(exception, RetryLater):
            delay = exception.delay
        elif isinstance(exception, StorageUnavailable):
            delay = _AWAY_SECONDS
        elif job.attempts < _UNFORESEEN_TRIES:
            delay = _UNFORESEEN_SECONDS
        else:
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=delay))


def delivering_app(connector: PsycopgConnector, service: DeliveryService, threads: Executor, observe: Observe) -> App:
    """Return an app that delivers in `threads`. `observe` is told each attempt's outcome (None: error) and seconds."""
    app = App(connector=connector)

    def attempt(message_id: str, request_id: str) -> None:
        request_id_in_hand.set(request_id)
        began = time.monotonic()
        outcome = None
        try:
            outcome = service.deliver(UUID(message_id))
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

    @app.task(name=TASK, queue=QUEUE, retry=Retries())
    async def deliver(message_id: str, request_id: str) -> None:
        # Blocking work belongs in a thread: the loop must stay free to send heartbeats.
        await asyncio.get_running_loop().run_in_executor(threads, attempt, message_id, request_id)

    del deliver
    return app
