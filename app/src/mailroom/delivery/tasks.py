"""The job that delivers a message, as Procrastinate runs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from mailroom.delivery.queue import QUEUE, TASK
from mailroom.delivery.service import DeliveryService, Outcome, RetryLater
from mailroom.request_ids import request_id_in_hand

# The pause after an error that says nothing of when to come back, such as a database that is away.
_PAUSE_SECONDS = 5

Observe = Callable[[Outcome | None, float], None]


class _AsAsked(BaseRetryStrategy):
    """Retries every error: only DeliveryService gives messages up, and it returns when it does."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        del job
        delay = exception.delay if isinstance(exception, RetryLater) else _PAUSE_SECONDS
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
        finally:
            observe(outcome, time.monotonic() - began)
            request_id_in_hand.set(None)

    @app.task(name=TASK, queue=QUEUE, retry=_AsAsked())
    async def deliver(message_id: str, request_id: str) -> None:
        # Blocking work belongs in a thread: the loop must stay free to send heartbeats.
        await asyncio.get_running_loop().run_in_executor(threads, attempt, message_id, request_id)

    del deliver
    return app
