"""Units of work for a process that does one thing and ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailroom.config import DatabaseSettings
from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app


@contextmanager
def units_of_work_for(database: DatabaseSettings, component: str) -> Iterator[UnitOfWorkFactory]:
    """Give units of work on connections of their own, closed in the end. PostgreSQL shows the component's name."""
    with open_pool(database, component) as pool:
        yield units_of_work(pool, deferring_app())
