"""Connections that PostgreSQL has ended meanwhile."""

from __future__ import annotations

import time

from psycopg import OperationalError

from mailroom.db.pool import Pool, open_pool
from support.databases import Database

_IDLE = 0.6  # seconds after which a connection is no longer trusted


def used(pool: Pool) -> int:
    with pool.connection() as connection:
        return connection.info.backend_pid


def end(database: Database, backend: int) -> None:
    database.rows("SELECT pg_terminate_backend(%s, 5000)", backend)


def test_one_that_has_been_idle_is_seen_to_first(database: Database) -> None:
    with open_pool(database.settings(), "test") as pool:
        ended = used(pool)
        end(database, ended)
        time.sleep(_IDLE)

        assert used(pool) != ended


def test_one_that_was_used_a_moment_ago_fails_at_most_once(database: Database) -> None:
    with open_pool(database.settings(), "test") as pool:
        ended, found = used(pool), set()
        end(database, ended)
        failed = 0
        for _ in range(5):
            try:
                with pool.connection() as connection:
                    connection.execute("SELECT 1")
                    found.add(connection.info.backend_pid)
            except OperationalError:
                failed += 1

        assert failed <= 1
        assert found
        assert ended not in found
