"""One transaction over all that belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from psycopg import Connection

from mailroom.accounts.families import FamilyRepository
from mailroom.accounts.repository import UserRepository
from mailroom.db.pool import Pool, storage_errors
from mailroom.delivery.queue import ProcrastinateQueue, QueueApp
from mailroom.feedback.repository import FeedbackRepository
from mailroom.idempotency.repository import IdempotencyRepository
from mailroom.keys.repository import KeyRepository
from mailroom.messages.recent import RecentMailRepository
from mailroom.messages.repository import MessageRepository
from mailroom.statistics.folding_repository import FoldingRepository
from mailroom.statistics.repository import StatisticsRepository
from mailroom.suppressions.repository import SuppressionRepository
from mailroom.templates.repository import TemplateRepository
from mailroom.upkeep.repository import RestRepository


class UnitOfWork:
    """The repositories and the queue, all inside one transaction."""

    def __init__(self, connection: Connection[Any], queue_app: QueueApp) -> None:
        self.messages = MessageRepository(connection)
        self.recent = RecentMailRepository(connection)
        self.templates = TemplateRepository(connection)
        self.idempotency = IdempotencyRepository(connection)
        self.keys = KeyRepository(connection)
        self.feedback = FeedbackRepository(connection)
        self.suppressions = SuppressionRepository(connection)
        self.users = UserRepository(connection)
        self.families = FamilyRepository(connection)
        self.queue = ProcrastinateQueue(queue_app, connection)
        self.statistics = StatisticsRepository(connection)
        self.folding = FoldingRepository(connection)
        self.rests = RestRepository(connection)


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
