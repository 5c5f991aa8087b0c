"""How the next job is found among very many: as the function that was migrated reads it, before any ANALYZE."""

from __future__ import annotations

import re
from itertools import pairwise

from mailroom.db.migrate import migrate
from mailroom.db.schema import migrations_directory, shipped_migrations
from support.databases import Database

FILL = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'delivery', 'mailroom.deliver', '{}' FROM generate_series(1, %s)
"""
TAKE = "EXPLAIN (ANALYZE, BUFFERS) SELECT procrastinate_fetch_job_v2(ARRAY['delivery'], NULL)"


def pages_read(database: Database) -> int:
    """Return how many pages it takes to find a job, when the session has planned that already."""
    with database.connection(database.service) as connection:
        for _ in range(3):
            plan = " ".join(line for (line,) in connection.execute(TAKE.encode()).fetchall())
    # The first figures are the execution's, what follows `Planning` is the planner's.
    found = re.findall(r"(?:hit|read)=(\d+)", plan.partition("Planning")[0])
    assert found, plan
    return sum(map(int, found))


def test_the_next_job_is_found_by_an_index_however_many_wait(database: Database) -> None:
    database.rows("ALTER TABLE procrastinate_jobs SET (autovacuum_enabled = off)")
    read = []
    for more in (100, 2_000, 10_000):
        database.rows(FILL, more)
        read.append(pages_read(database))

    assert all(after < 2 * before for before, after in pairwise(read)), read


def test_a_function_that_a_library_replaced_is_told_again(database: Database) -> None:
    database.rows("ALTER FUNCTION procrastinate_fetch_job_v2 RESET enable_sort")

    migrate(database.migration_settings(), shipped_migrations(migrations_directory()))

    told = database.rows("SELECT proconfig FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
    assert told == [(["enable_sort=off"],)]
