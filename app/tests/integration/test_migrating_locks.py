"""`mailroom migrate` beside sessions that hold locks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mailroom.db.locks import Holder, first_words
from mailroom.db.migrate import migrate
from mailroom.db.schema import Migration, migrations_directory, shipped_migrations
from mailroom.errors import MigrationFailed
from support.databases import Database
from support.processes import eventually, run

SHIPPED = shipped_migrations(migrations_directory())
NEXT = len(SHIPPED) + 1
NAME = f"{NEXT:04d}_extra.sql"
ADD = Migration(NEXT, NAME, "ALTER TABLE messages ADD COLUMN extra text")


@contextmanager
def holding(database: Database, query: str = "SELECT * FROM messages", user: str | None = None) -> Iterator[int]:
    """Keep a transaction open that has run a query; yield its pid."""
    with database.connection(user) as connection, connection.transaction():
        connection.execute(query.encode())
        yield connection.info.backend_pid


def let_the_owner_see(database: Database) -> None:
    database.rows(f"GRANT pg_read_all_stats TO {database.owner}")


def test_a_lock_that_is_given_back_in_time_costs_some_tries_and_no_failure(database: Database) -> None:
    settings = replace(database.migration_settings(lock_timeout=0.1), lock_patience=20.0)
    applied: list[int] = []
    with holding(database):
        migrating = threading.Thread(target=lambda: applied.append(migrate(settings, [*SHIPPED, ADD])))
        migrating.start()
        eventually(database.has_a_waiter)
        time.sleep(0.5)
    migrating.join()

    assert applied == [1]


def test_who_never_gives_the_lock_back_is_named_without_what_the_query_carried(database: Database) -> None:
    let_the_owner_see(database)
    settings = replace(database.migration_settings(lock_timeout=0.3), lock_patience=1.0)

    with holding(database, "SELECT id FROM messages WHERE recipient = 'ann@mailroom.test'") as pid:
        time.sleep(1.1)
        with pytest.raises(MigrationFailed) as failure:
            migrate(settings, [*SHIPPED, ADD])

    said = str(failure.value)
    assert re.match(rf"{NAME}: somebody holds a lock that it needs. Given up after \d+ s and \d+ tries, ", said)
    assert "each of at most 0.3 s so that nobody queues behind it for longer" in said
    assert f"It is held by pid {pid} (client backend, role " in said
    [age] = re.findall(r": idle in transaction, its transaction is (\d+) s old, ", said)
    assert int(age) >= 2
    assert '"SELECT id FROM messages WHERE …".' in said
    assert f"`SELECT pg_terminate_backend({pid})` would end it." in said
    assert "ann@" not in said


@pytest.mark.parametrize(
    ("delay", "patience"), [pytest.param(0.5, 4.0, id="than a try"), pytest.param(1.5, 0.5, id="than all tries")]
)
def test_who_holds_is_named_though_connecting_takes_longer(
    database: Database, monkeypatch: pytest.MonkeyPatch, delay: float, patience: float
) -> None:
    connect = psycopg.connect

    def slowly(conninfo: str, *, autocommit: bool) -> psycopg.Connection[Any]:
        time.sleep(delay)
        return connect(conninfo, autocommit=autocommit)

    settings = replace(database.migration_settings(lock_timeout=0.2), lock_patience=patience)
    with holding(database) as pid:
        monkeypatch.setattr(psycopg, "connect", slowly)
        with pytest.raises(MigrationFailed) as failure:
            migrate(settings, [*SHIPPED, ADD])

    assert f"It is held by pid {pid} (" in str(failure.value)


def test_an_owner_that_may_not_see_other_sessions_still_names_them(database: Database) -> None:
    database.rows(f"REVOKE pg_read_all_stats FROM {database.owner}")
    settings = replace(database.migration_settings(lock_timeout=0.3), lock_patience=0.5)

    with holding(database) as pid, pytest.raises(MigrationFailed) as failure:
        migrate(settings, [*SHIPPED, ADD])

    assert f"held by pid {pid} (" in str(failure.value)
    assert "what it does isn't shown to this role: it needs pg_read_all_stats" in str(failure.value)


def test_while_it_tries_the_services_queries_wait_no_longer_than_one_try(database: Database) -> None:
    settings = replace(database.migration_settings(lock_timeout=0.2), lock_patience=9.0)
    slowest = 0.0

    def fail() -> None:
        with pytest.raises(MigrationFailed):
            migrate(settings, [*SHIPPED, ADD])

    with holding(database):
        migrating = threading.Thread(target=fail)
        migrating.start()
        with database.connection(database.service) as connection:
            while migrating.is_alive():
                began = time.monotonic()
                connection.execute("SELECT count(*) FROM messages")
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.005)

    # It did wait behind a try of 0.2 s, and was let through between two, long before the last.
    assert 0.02 < slowest < 6.0


def test_a_failed_step_is_not_tried_again(database: Database) -> None:
    settings = replace(database.migration_settings(), lock_patience=60.0)
    began = time.monotonic()

    with pytest.raises(MigrationFailed, match=rf'^{NAME}: relation "nowhere" does not exist$'):
        migrate(settings, [*SHIPPED, Migration(NEXT, NAME, "ALTER TABLE nowhere ADD COLUMN a int")])

    assert time.monotonic() - began < 10


def test_the_command_ends_with_1_and_says_who_holds_the_lock(
    environment: dict[str, str], database: Database, tmp_path: Path
) -> None:
    settings = {
        "MAILROOM_DATABASE_USER": database.owner,
        "MAILROOM_MIGRATION_LOCK_TIMEOUT_SECONDS": "0.2",
        "MAILROOM_MIGRATION_LOCK_PATIENCE_SECONDS": "0.5",
    }
    with holding(database, "LOCK TABLE schema_migrations") as pid:
        status, process = run(["mailroom", "migrate"], environment | settings, tmp_path / "log")

    assert status == 1
    assert process.lines()[-1]["message"].startswith(
        "mailroom migrate failed: schema_migrations: somebody holds a lock that it needs. Given up after "
    )
    assert f"It is held by pid {pid} " in process.lines()[-1]["message"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT", "SELECT"),
        ("SELECT a, b FROM t", "SELECT a, b FROM t"),
        ("SELECT * FROM messages WHERE id = 7", "SELECT * FROM messages WHERE …"),
        ("INSERT INTO t VALUES ('secret')", "INSERT INTO t VALUES …"),
        ("INSERT INTO t VALUES('secret')", "INSERT INTO t …"),
        ("UPDATE t SET a='secret'", "UPDATE t SET …"),
        ("SELECT 4111111111111111", "SELECT …"),
        ("/* secret */ SELECT -- secret\n 1", "SELECT …"),
        ("SELECT $1", "SELECT …"),
        ("SELECT $$secret$$", "SELECT …"),
    ],
)
def test_of_a_query_only_its_first_plain_words_are_told(query: str, shown: str) -> None:
    assert first_words(query) == shown


def test_a_prepared_transaction_has_no_session_to_name() -> None:
    assert str(Holder(0, None, None, None, None, None)) == "a prepared transaction (see pg_prepared_xacts)"
