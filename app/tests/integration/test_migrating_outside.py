"""Migrations outside a transaction: indexes built beside the service, also after a crash halfway."""

from __future__ import annotations

import threading
import time

import pytest

from mailroom.db.migrate import migrate
from mailroom.db.schema import Migration, migrations_directory, shipped_migrations
from mailroom.errors import MigrationFailed
from support.databases import Database
from support.processes import eventually

SHIPPED = shipped_migrations(migrations_directory())
NEXT = len(SHIPPED) + 1
MARK = "-- migrate: outside a transaction\n"
INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS trial_by_recipient ON messages (recipient) WHERE state <> 'a;b';\n"


def outside(sql: str = INDEX, version: int = NEXT) -> Migration:
    return Migration(version, f"{version:04d}_index.sql", MARK + sql)


def indexes(database: Database) -> list[tuple[str, bool]]:
    return [
        (name, valid)
        for name, valid in database.rows(
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index "
            "WHERE indrelid = 'messages'::regclass AND indexrelid::regclass::text LIKE 'trial_by%' ORDER BY 1"
        )
    ]


def test_the_service_goes_on_writing_while_an_index_is_built(database: Database) -> None:
    migrating = threading.Thread(target=migrate, args=(database.migration_settings(0.2), [*SHIPPED, outside()]))
    with database.connection() as old, old.transaction():
        # An index waits for all transactions that began before it: it takes as long as this one.
        old.execute("DELETE FROM messages")
        migrating.start()
        eventually(database.has_a_waiter)
        began = time.monotonic()
        database.rows("DELETE FROM messages")
        waited = time.monotonic() - began
    migrating.join(20)

    assert waited < 10
    assert indexes(database) == [("trial_by_recipient", True)]


def test_a_second_run_finds_nothing_to_do(database: Database) -> None:
    migrate(database.migration_settings(), [*SHIPPED, outside()])

    assert migrate(database.migration_settings(), [*SHIPPED, outside()]) == 0


def test_an_index_that_a_crash_left_invalid_is_made_anew(database: Database) -> None:
    migrate(database.migration_settings(), [*SHIPPED, outside()])
    database.rows("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'trial_by_recipient'::regclass")
    database.rows(f"DELETE FROM schema_migrations WHERE version = {NEXT}")
    assert indexes(database) == [("trial_by_recipient", False)]

    assert migrate(database.migration_settings(), [*SHIPPED, outside()]) == 1

    assert indexes(database) == [("trial_by_recipient", True)]


def test_a_file_that_was_cut_short_between_two_statements_is_run_again(database: Database) -> None:
    second = "CREATE INDEX CONCURRENTLY IF NOT EXISTS trial_by_subject ON {} (subject)"
    with pytest.raises(MigrationFailed, match=rf'^{NEXT:04d}_index\.sql: relation "nowhere" does not exist$'):
        migrate(database.migration_settings(), [*SHIPPED, outside(INDEX + second.format("nowhere"))])
    assert indexes(database) == [("trial_by_recipient", True)]

    migrate(database.migration_settings(), [*SHIPPED, outside(INDEX + second.format("messages"))])

    assert indexes(database) == [("trial_by_recipient", True), ("trial_by_subject", True)]


def test_an_index_is_dropped_beside_the_service(database: Database) -> None:
    drop = outside("DROP INDEX CONCURRENTLY IF EXISTS trial_by_recipient;", NEXT + 1)

    assert migrate(database.migration_settings(), [*SHIPPED, outside(), drop]) == 2

    assert indexes(database) == []


def test_a_process_that_waits_for_its_turn_does_not_hold_up_the_index(database: Database) -> None:
    applied: list[int] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrate(database.migration_settings(), [*SHIPPED, outside()])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(applied) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE messages ADD COLUMN extra text",
        "CREATE INDEX CONCURRENTLY trial_by_recipient ON messages (recipient)",
        "DROP INDEX CONCURRENTLY messages_undelivered",
        "/* sly */ DROP TABLE messages",
    ],
)
def test_what_cannot_be_repeated_is_refused_before_anything_is_done(database: Database, statement: str) -> None:
    with pytest.raises(MigrationFailed, match=r"_index\.sql: outside a transaction only CREATE INDEX CONCURRENTLY IF"):
        migrate(database.migration_settings(), [*SHIPPED, outside(INDEX + statement)])

    assert indexes(database) == []
