"""Fill a throw-away database with messages, and print how long the database takes for each reading.

Usage: PYTHONPATH=tests uv run --directory app python -m benchmarks [--messages 2000000] [--times 7] [--url URL]

The database is made on a PostgreSQL of its own, or on that of URL (postgresql://administrator:password@host:port/name),
and dropped in the end. What is asked is what the application asks when the requests are made; each statement is run
several times with EXPLAIN (ANALYZE, BUFFERS) and undone. Exit status 1: a reading takes 50 ms or more or reads a large
table from end to end, a request wasn't answered with 200, or one is missing here. Upkeep is shown, not judged.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from prometheus_client import CollectorRegistry

from benchmarks.measuring import Timed, table, timed
from benchmarks.requests import askings, left_out
from mailroom.access.permissions import Permission
from mailroom.app import create_app
from mailroom.config import RedisSettings, RetentionSettings, read_web_settings
from mailroom.db.unit_of_work import UnitOfWork
from mailroom.delivery.queue import deferring_app
from mailroom.keys.ensure import ensure_key
from mailroom.settings import SettingsReader
from mailroom.statistics.folding import FoldingPace, FoldingService
from mailroom.upkeep.entities import Rest
from support.databases import Cluster, Database
from support.environment import environment_for
from support.filling import analyze, fill, fill_others
from support.mail import work_on
from support.plans import recording
from support.servers import Server, postgresql, redis_server

_KEY = "benchmark-0123456789-0123456789-0123456789"
_FOLDED_AT_ONCE = 10_000
# Old enough that most of what is filled is over.
_AGE = timedelta(days=30)


def main() -> int:
    """Fill, ask, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How long readings take.")
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--url")
    asked = parser.parse_args()
    with ExitStack() as stack:
        server = Server.from_url(asked.url, 5432) if asked.url else stack.enter_context(postgresql())
        cluster = stack.enter_context(Cluster(server).ready())
        database = stack.enter_context(cluster.database())
        _fill(database, asked.messages)
        app = stack.enter_context(_application(database))
        rows, complaints = _readings(app, database, asked.times)
        rows += _upkeep(database, asked.times)
    sys.stdout.write(table(rows))
    sys.stdout.writelines(f"! {complaint}\n" for complaint in complaints)
    return 1 if complaints or not all(row.good for row in rows) else 0


def _fill(database: Database, messages: int) -> None:
    began = time.monotonic()
    with database.connection() as connection:
        fill(connection, messages)
        fill_others(connection)
        _say(began, f"{messages} messages are stored")
        analyze(connection)
        with work_on(database) as work:
            service = FoldingService(work, lambda _: False, lambda _: None, FoldingPace(batch=_FOLDED_AT_ONCE))
            while not service.fold().complete:
                pass
        _say(began, "their events are folded")
        analyze(connection)


def _say(began: float, what: str) -> None:
    sys.stdout.write(f"{time.monotonic() - began:6.0f} s  {what}\n")
    sys.stdout.flush()


@contextmanager
def _application(database: Database) -> Iterator[Flask]:
    with tempfile.TemporaryDirectory() as credentials, redis_server() as redis:
        found = RedisSettings(redis.host, redis.port, redis.user, redis.password)
        environment = environment_for(database, found, Path(credentials), _KEY)
        ensure_key(database.settings(), "benchmark", _KEY, frozenset(Permission))
        app = create_app(read_web_settings(SettingsReader(environment)), CollectorRegistry())
        try:
            yield app
        finally:
            app.extensions["mailroom.close"]()


def _readings(app: Flask, database: Database, times: int) -> tuple[list[Timed], list[str]]:
    client = app.test_client()
    wanted = list(askings(database))
    rows: list[Timed] = []
    complaints = [f"no request here asks for {rule}" for rule in left_out(app, wanted)]
    with database.connection(database.service) as connection:
        for one in wanted:
            with recording() as asked:
                status = client.get(one.path, headers={"Authorization": f"Bearer {_KEY}"}).status_code
            if status != 200:
                complaints.append(f"{one.name} was answered with {status}: {one.path}")
                continue
            rows += timed(connection, one.name, asked, times)
    return rows, complaints


def _upkeep(database: Database, times: int) -> list[Timed]:
    ages = RetentionSettings().ages()
    rows: list[Timed] = []
    database.rows("UPDATE statistics_progress SET folded_to = folded_to - 2000")
    with database.connection(database.service) as connection:
        unit = UnitOfWork(connection, deferring_app())
        steps: dict[str, Callable[[], object]] = {
            "depth of the queue": unit.messages.waiting,
            "folding 2000": lambda: unit.folding.fold(unit.folding.draw_frontier(), 2000),
            "measuring": lambda: unit.rests.measures(ages),
            **{f"removing 500 {rest.value}": _removing(unit, rest) for rest in Rest},
        }
        for name, step in steps.items():
            with recording() as asked, connection.transaction(force_rollback=True):
                step()
            rows += timed(connection, name, asked, times, judged=False)
    return rows


def _removing(unit: UnitOfWork, rest: Rest) -> Callable[[], object]:
    return lambda: unit.rests.remove(rest, _AGE, 500, None)


if __name__ == "__main__":
    sys.exit(main())
