"""Transactions and a connection of a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from support.databases import Database
from support.mail import work_on


@pytest.fixture
def work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with work_on(database) as work:
        yield work


@pytest.fixture
def connection(database: Database) -> Iterator[Connection[Any]]:
    with database.connection(database.service) as connection:
        yield connection
