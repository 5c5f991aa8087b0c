"""One transaction over all that belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from psycopg import Connection

from mailroom.db.pool import Pool, storage_errors
from mailroom.delivery.queue import ProcrastinateQueue, QueueApp
from mailroom.keys.repository import KeyRepository
from mailroom.messages.repository import MessageRepository


class UnitOfWork:
    """The repositories and the queue, all inside one transaction."""

    def __init__(self, connection: Connection[Any], queue_app: QueueApp) -> None:
        self.messages = MessageRepository(connection)
        self.keys = KeyRepository(connection)
        self.queue = ProcrastinateQueue(queue_app, connection)


UnitOfWorkFactory = Callable[[], AbstractContextManager[UnitOfWork]]


def units_of_work(pool: Pool, queue_app: QueueApp) -> UnitOfWorkFactory:
    """Return a function that opens a transaction, committed when its block ends and undone when it raises.

    Entering, leaving and what happens inside raise StorageUnavailable when the database can't be used.
    """

    @contextmanager
    def unit_of_work() -> Iterator[UnitOfWork]:
        with storage_errors(), pool.connection() as connection, connection.transaction():
            yield UnitOfWork(connection, queue_app)

    return unit_of_work
