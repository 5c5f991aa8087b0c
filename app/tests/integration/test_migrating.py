"""`mailroom migrate` on a real database, as a function and as the command that a release runs."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from mailroom.db import queue_schema
from mailroom.db.migrate import migrate
from mailroom.db.schema import Migration, migrations_directory, shipped_migrations
from mailroom.errors import MigrationFailed
from support.databases import Database
from support.processes import run

SHIPPED = shipped_migrations(migrations_directory())
NEXT = len(SHIPPED) + 1


def extra(sql: str, version: int = NEXT) -> Migration:
    return Migration(version, f"{version:04d}_extra.sql", sql)


def versions(database: Database) -> list[int]:
    return [version for (version,) in database.rows("SELECT version FROM schema_migrations ORDER BY 1")]


def test_an_empty_database_gets_everything_and_a_second_run_nothing(empty_database: Database) -> None:
    first = migrate(empty_database.migration_settings(), SHIPPED)
    second = migrate(empty_database.migration_settings(), SHIPPED)

    assert (first, second) == (len(SHIPPED) + 1, 0)
    assert empty_database.counts() == (0, 0)


def test_only_what_is_missing_is_applied(database: Database) -> None:
    assert migrate(database.migration_settings(), [*SHIPPED, extra("CREATE TABLE extra (a int)")]) == 1
    assert versions(database) == [*range(1, NEXT + 1)]


def test_an_older_release_leaves_a_newer_schema_alone(database: Database) -> None:
    migrate(database.migration_settings(), [*SHIPPED, extra("CREATE TABLE extra (a int)")])

    assert migrate(database.migration_settings(), SHIPPED) == 0
    assert NEXT in versions(database)


def test_a_broken_migration_is_named_with_what_the_database_said_and_leaves_nothing(database: Database) -> None:
    broken = extra("CREATE TABLE extra (a int); SELECT nothing FROM nowhere;")

    with pytest.raises(MigrationFailed, match=rf'^{NEXT:04d}_extra\.sql: relation "nowhere" does not exist$'):
        migrate(database.migration_settings(), [*SHIPPED, broken])

    assert versions(database) == [*range(1, NEXT)]
    assert database.rows("SELECT to_regclass('extra')") == [(None,)]


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(database: Database) -> None:
    changed = [Migration(1, SHIPPED[0].name, SHIPPED[0].sql + "-- changed")]

    with pytest.raises(MigrationFailed, match=r"0001_\w+\.sql was changed after it was applied: write a new migration"):
        migrate(database.migration_settings(), changed)


def test_of_two_at_once_one_waits_for_the_other(empty_database: Database) -> None:
    slow = [*SHIPPED, extra("SELECT pg_sleep(0.5)")]
    applied: list[int] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrate(empty_database.migration_settings(), slow)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(applied) == [0, len(slow) + 1]


def test_an_unreachable_database_is_named(database: Database) -> None:
    settings = database.migration_settings()
    away = replace(settings, database=replace(settings.database, password="wrong"))

    with pytest.raises(MigrationFailed, match=r"the database can't be reached: .*password authentication failed"):
        migrate(away, SHIPPED)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.intruder (a int)",
        "DROP TABLE messages",
        "TRUNCATE messages",
        "INSERT INTO schema_migrations (version, name, checksum, release) VALUES (9, 'x', 'x', 'x')",
        "DELETE FROM queue_migrations",
    ],
)
def test_the_service_may_not_touch_the_schema(database: Database, statement: str) -> None:
    with database.connection(database.service) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_without_the_service_role_it_still_migrates(empty_database: Database) -> None:
    settings = empty_database.migration_settings()
    nobody = type(settings)(settings.database, "no_such_role", settings.lock_timeout)

    assert migrate(nobody, SHIPPED) == len(SHIPPED) + 1


def test_a_queue_that_somebody_else_made_is_not_touched(empty_database: Database) -> None:
    empty_database.rows("CREATE TABLE procrastinate_jobs (id int)")

    with pytest.raises(MigrationFailed, match="the queue's tables are there, but not by mailroom migrate"):
        migrate(empty_database.migration_settings(), SHIPPED)


def test_a_newer_queue_is_brought_in_before_the_release_and_cleared_up_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = shutil.copytree(SchemaManager.get_migrations_path(), tmp_path / "migrations")
    (newer / "99.00.00_01_pre_add.sql").write_text("CREATE TABLE queue_new (a int);")
    (newer / "99.00.00_50_post_remove.sql").write_text("DROP TABLE queue_old;")
    database.rows("CREATE TABLE queue_old (a int)")
    database.rows(f"ALTER TABLE queue_old OWNER TO {database.owner}")
    monkeypatch.setattr(SchemaManager, "get_migrations_path", staticmethod(lambda: str(newer)))

    def tables() -> list[str]:
        return [
            name for (name,) in database.rows("SELECT tablename FROM pg_tables WHERE tablename ~ '^queue_(new|old)'")
        ]

    def release(name: str) -> int:
        monkeypatch.setattr(queue_schema, "current_release", lambda: name)
        return migrate(database.migration_settings(), SHIPPED)

    assert (release("2.0.0"), sorted(tables())) == (1, ["queue_new", "queue_old"])
    assert (release("2.0.0"), sorted(tables())) == (0, ["queue_new", "queue_old"])
    assert (release("2.0.1"), sorted(tables())) == (1, ["queue_new"])
    assert release("2.0.2") == 0


@pytest.fixture
def as_owner(empty_database: Database, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment in which the empty database's owner migrates."""
    return environment | {
        "MAILROOM_DATABASE_NAME": empty_database.name,
        "MAILROOM_DATABASE_USER": empty_database.owner,
        "MAILROOM_SERVICE_ROLE": empty_database.service,
    }


def test_the_command_migrates_an_empty_database_and_can_be_run_again(
    as_owner: dict[str, str], empty_database: Database, tmp_path: Path
) -> None:
    first = run(["mailroom", "migrate"], as_owner, tmp_path / "first")
    second = run(["mailroom", "migrate"], as_owner, tmp_path / "second")

    assert (first[0], second[0]) == (0, 0)
    assert [line["migration"] for line in first[1].lines() if "migration" in line] == [
        migration.name for migration in SHIPPED
    ]
    assert (first[1].lines()[-1]["applied"], second[1].lines()[-1]["applied"]) == (len(SHIPPED) + 1, 0)
    with empty_database.connection(empty_database.service) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)


def test_the_command_ends_with_1_and_says_what_the_database_said(
    as_owner: dict[str, str], empty_database: Database, tmp_path: Path
) -> None:
    status, process = run(
        ["mailroom", "migrate"], as_owner | {"MAILROOM_DATABASE_USER": empty_database.service}, tmp_path / "log"
    )

    assert status == 1
    assert process.lines()[-1]["level"] == "CRITICAL"
    assert process.lines()[-1]["message"] == (
        "mailroom migrate failed: schema_migrations: permission denied for schema public"
    )
