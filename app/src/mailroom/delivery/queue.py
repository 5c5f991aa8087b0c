"""The queue: Procrastinate's tables in the database that holds the messages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import Connection

from mailroom.delivery.formats import WRITES, Delivery, arguments, queue_of
from mailroom.errors import StorageUnavailable
from mailroom.tracing.tracer import traceparent_in_hand

logger = logging.getLogger(__name__)

QueueApp = App
# A worker registers twice, for the mail and for what it does aside, at about the same time.
_LIVE_WORKERS = (
    "SELECT (count(*) + 1) / 2 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)"
)
# A job in the database names its task: the name outlives releases, so it never changes.
TASK = "mailroom.deliver"


def deferring_app() -> QueueApp:
    """Return an app that only defers, on connections it is handed; it opens none of its own."""
    return App(connector=SyncPsycopgConnector())


class ProcrastinateQueue:
    """Queues deliveries in a format, on a given connection, hence inside the transaction that is open there."""

    def __init__(self, app: QueueApp, connection: Connection[Any], writes: int = WRITES) -> None:
        self._app = app
        self._connection = connection
        self._writes = writes

    def put(self, message_id: UUID, request_id: str) -> None:
        """Queue the delivery of a message. The worker hears of it when the transaction is committed."""
        self.put_all([(message_id, request_id, None)])

    def put_all(self, deliveries: Sequence[tuple[UUID, str, datetime | None]]) -> None:
        """Queue deliveries in one statement: message ids with the request ids that follow them, and when each is due.

        The worker hears of them when the transaction is committed; of one with a time, not before that.
        """
        queue, traceparent = queue_of(self._writes), traceparent_in_hand.get()
        jobs = []
        for message_id, request_id, due in deliveries:
            task = self._app.configure_task(TASK, queue=queue, schedule_at=due)
            jobs.append(task.make_new_job(**arguments(Delivery(message_id, request_id, traceparent), self._writes)))
        try:
            self._app.job_manager.batch_defer_jobs(jobs, connection=self._connection)
        except ConnectorException as error:
            raise StorageUnavailable(f"the job could not be queued: {error.__cause__ or error}") from error

    def live_workers(self, dead_after: float) -> int:
        """Return how many workers, of all releases on all hosts, were heard of in the last `dead_after` seconds."""
        row = self._connection.execute(_LIVE_WORKERS, (dead_after,)).fetchone()
        return int(row[0]) if row else 0
