"""The queue: Procrastinate's tables in the database that holds the messages."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import Connection

from mailroom.delivery.formats import WRITES, Delivery, arguments, queue_of
from mailroom.errors import StorageUnavailable

logger = logging.getLogger(__name__)

QueueApp = App
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
        task = self._app.configure_task(TASK, queue=queue_of(self._writes), connection=self._connection)
        try:
            task.defer(**arguments(Delivery(message_id, request_id), self._writes))
        except ConnectorException as error:
            raise StorageUnavailable(f"the job could not be queued: {error.__cause__ or error}") from error
