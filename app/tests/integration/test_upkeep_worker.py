"""Upkeep as the worker does it: on schedule, beside the mail, and by hand with `mailroom purge`."""

from __future__ import annotations

import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from mailroom.upkeep.tasks import FOLD, PURGE, QUEUE
from support.databases import Database
from support.mail import add_event, add_message
from support.ports import free_port
from support.processes import Process, eventually, run

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=31)
StartWorker = Callable[..., tuple[Process, str]]


@pytest.fixture
def start_worker(environment: dict[str, str], tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker that reaches no SES, and return it with the port of its metrics."""
    with ExitStack() as stack:

        def start(**settings: str) -> tuple[Process, str]:
            port = str(free_port())
            own = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
                "MAILROOM_SES_REGION": "eu-central-1",
                "MAILROOM_METRICS_HOST": "127.0.0.1",
                "MAILROOM_WORKER_METRICS_PORT": port,
            }
            process = Process(["mailroom", "worker"], environment | own | settings, tmp_path / f"worker-{port}.log")
            stack.callback(process.end)
            eventually(lambda: process.says("the worker is ready"))
            return process, port

        yield start


def metric(port: str, name: str) -> float | None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    values = [float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name]
    return values[0] if values else None


def queue_up(database: Database, name: str, timestamp: int = 1) -> None:
    """Put a job into the queue as the schedule does."""
    database.rows(
        "SELECT procrastinate_defer_periodic_job_v2(%s, %s, %s, %s, 0, '', %s, '{\"timestamp\": 1}'::jsonb)",
        QUEUE,
        name,
        name,
        name,
        timestamp,
    )


def upkeep_jobs(database: Database) -> list[tuple[str, str]]:
    rows = database.rows("SELECT task_name, status::text FROM procrastinate_jobs WHERE queue_name = %s", QUEUE)
    return [(name, status) for name, status in rows]


def folded(database: Database) -> int:
    ((count,),) = database.rows("SELECT coalesce(sum(count), 0)::int FROM statistics_days WHERE dimension = 'all'")
    return int(count)


def test_a_worker_folds_on_its_schedule_from_its_start_on(
    start_worker: StartWorker, connection: Connection[Any], database: Database
) -> None:
    add_event(connection, add_message(connection), "sent")

    _, port = start_worker()

    eventually(lambda: folded(database) == 1)
    eventually(lambda: metric(port, "mailroom_statistics_events_folded_total") == 1)
    eventually(lambda: (FOLD, "doing") not in upkeep_jobs(database))
    assert metric(port, 'mailroom_upkeep_failures_total{step="statistics"}') == 0
    assert [status for _, status in upkeep_jobs(database) if status == "failed"] == []


def test_a_worker_removes_what_is_over_and_measures(
    start_worker: StartWorker, connection: Connection[Any], database: Database
) -> None:
    add_message(connection, created_at=OLD)
    queue_up(database, PURGE)

    _, port = start_worker()

    eventually(lambda: database.rows("SELECT count(purged_at) FROM messages") == [(1,)])
    eventually(lambda: metric(port, 'mailroom_upkeep_removed_total{kind="bodies"}') == 1)
    eventually(lambda: metric(port, "mailroom_statistics_age_seconds") is not None)
    eventually(lambda: metric(port, "mailroom_users_active") == 0)


def test_a_worker_tells_who_sent_most_in_this_month(start_worker: StartWorker, connection: Connection[Any]) -> None:
    with connection.transaction():
        connection.execute("""
            INSERT INTO statistics_top (unit, starts_on, role, address, count)
            SELECT 'month', (date_trunc('month', now() AT TIME ZONE 'UTC') - ago)::date, role, address, count
            FROM (VALUES ('0 days'::interval, 'sender', 'news@a.example', 7),
                         ('1 month', 'sender', 'old@a.example', 9),
                         ('0 days', 'recipient', 'b@b.example', 8)) AS of (ago, role, address, count)
        """)

    _, port = start_worker()

    eventually(lambda: metric(port, 'mailroom_top_senders_messages{sender="news@a.example"}') == 7)
    assert metric(port, 'mailroom_top_senders_messages{sender="old@a.example"}') is None
    assert metric(port, 'mailroom_top_senders_messages{sender="b@b.example"}') is None


def test_of_two_workers_one_folds(start_worker: StartWorker, connection: Connection[Any], database: Database) -> None:
    message = add_message(connection)
    for _ in range(5):
        add_event(connection, message, "sent")

    ports = [start_worker()[1] for _ in range(2)]

    eventually(lambda: folded(database) == 5)
    eventually(lambda: sum(metric(one, "mailroom_statistics_events_folded_total") or 0 for one in ports) == 5)


def test_what_a_killed_worker_was_folding_is_folded_by_the_next(
    start_worker: StartWorker, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    add_event(connection, message, "sent")
    with database.connection() as slow, slow.transaction():
        # Nothing is settled while this goes on.
        slow.execute("SELECT pg_current_xact_id()")
        add_event(connection, message, "sent")
        queue_up(database, FOLD)
        killed, _ = start_worker()
        eventually(lambda: (FOLD, "doing") in upkeep_jobs(database))
        killed.signal(signal.SIGKILL)
        killed.wait()
    # Half a minute of silence, without waiting for it.
    database.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s'")
    # The schedule's next waits for the lock of the one that the killed worker had.
    database.rows("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    queue_up(database, FOLD, timestamp=2)

    worker, port = start_worker()

    eventually(lambda: folded(database) == 2)
    eventually(lambda: worker.says("the worker that had this scheduled job is dead"))
    assert metric(port, "mailroom_jobs_taken_over_total") == 0


def test_told_to_stop_a_worker_does_not_wait_for_upkeep(
    start_worker: StartWorker, connection: Connection[Any], database: Database
) -> None:
    for _ in range(600):
        add_message(connection, created_at=OLD)
    for attempt in range(5):
        with database.connection() as holder, holder.transaction():
            # The batch in hand is held up, so that it is in hand when the signal comes.
            holder.execute("LOCK TABLE message_attachments IN ACCESS EXCLUSIVE MODE")
            queue_up(database, PURGE, timestamp=attempt + 1)
            worker, _ = start_worker()
            eventually(database.has_a_waiter)
            worker.signal(signal.SIGTERM)
            eventually(partial(worker.says, "the worker was told to stop and finishes what it has in hand"))
        assert worker.wait() == 0
        # On a slow machine the wait for the lock may end before the lock does: then nothing was finished.
        if not worker.says("what is over can't be removed now"):
            break

    assert database.rows("SELECT count(purged_at) FROM messages") == [(500,)]


def test_by_hand_it_first_tells_what_would_go_and_then_removes_it(
    environment: dict[str, str], connection: Connection[Any], database: Database, tmp_path: Path
) -> None:
    for _ in range(3):
        add_message(connection, created_at=OLD)

    status_of_telling, telling = run(["mailroom", "purge", "--dry-run"], environment, tmp_path / "telling")
    stayed = database.rows("SELECT count(purged_at) FROM messages")
    status_of_purging, purging = run(["mailroom", "purge"], environment, tmp_path / "purging")

    assert (status_of_telling, status_of_purging) == (0, 0)
    assert telling.text().splitlines()[:3] == [
        "kind              would be removed",
        "bodies                           3",
        "attachments                      0",
    ]
    assert purging.text().splitlines()[:2] == ["kind              removed", "bodies                  3"]
    assert len(purging.text().splitlines()) == 10
    assert (stayed, database.rows("SELECT count(purged_at) FROM messages")) == ([(0,)], [(3,)])


def test_by_hand_it_fails_when_a_kind_could_not_be_removed(
    environment: dict[str, str], database: Database, tmp_path: Path
) -> None:
    database.rows("ALTER TABLE ses_notices RENAME TO gone")

    status, process = run(["mailroom", "purge"], environment, tmp_path / "log")

    assert status == 1
    assert process.lines()[-1]["message"] == (
        "mailroom purge failed: these could not be removed, or not all of them: ses_notices"
    )


def test_a_worker_that_is_stopped_as_soon_as_it_starts_does_stop(start_worker: StartWorker) -> None:
    # Some of these are told while the worker still registers itself in the queue.
    for _ in range(5):
        worker, _port = start_worker()
        worker.signal(signal.SIGTERM)
        assert worker.wait() == 0
