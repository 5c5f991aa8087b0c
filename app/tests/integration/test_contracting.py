"""`mailroom migrate --contract` on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.db.contract import contract
from mailroom.db.migrate import migrate
from mailroom.db.pool import open_pool
from mailroom.db.schema import Migration, migrations_directory, shipped_migrations
from mailroom.errors import MigrationFailed
from mailroom.release import current_release
from support.databases import Database
from support.processes import run

SHIPPED = shipped_migrations(migrations_directory())
NEXT = len(SHIPPED) + 1
ADD = Migration(NEXT, f"{NEXT:04d}_add.sql", "ALTER TABLE messages ADD COLUMN extra text")
DROP = Migration(NEXT + 1, f"{NEXT + 1:04d}_drop.contract.sql", "ALTER TABLE messages DROP COLUMN reason")


def has_column(database: Database, name: str) -> bool:
    return bool(
        database.rows(
            "SELECT 1 FROM information_schema.columns WHERE table_name = 'messages' AND column_name = %s", name
        )
    )


def test_a_release_leaves_contract_steps_alone(database: Database) -> None:
    assert migrate(database.migration_settings(), [*SHIPPED, ADD, DROP]) == 1

    assert has_column(database, "reason")


def test_a_contract_runs_what_hangs_back_and_a_second_one_nothing(database: Database) -> None:
    settings = database.migration_settings()
    migrate(settings, [*SHIPPED, ADD, DROP])

    assert contract(settings, [*SHIPPED, ADD, DROP]) == [DROP.name]
    assert not has_column(database, "reason")
    assert contract(settings, [*SHIPPED, ADD, DROP]) == []


def test_a_later_migration_does_not_wait_for_the_contract_step_before_it(database: Database) -> None:
    later = Migration(NEXT + 2, f"{NEXT + 2:04d}_later.sql", "ALTER TABLE messages ADD COLUMN later text")
    settings = database.migration_settings()

    assert migrate(settings, [*SHIPPED, ADD, DROP, later]) == 2
    assert contract(settings, [*SHIPPED, ADD, DROP, later]) == [DROP.name]


def test_a_release_that_was_not_released_yet_contracts_nothing(database: Database) -> None:
    with pytest.raises(MigrationFailed, match=rf"^{ADD.name} isn't applied, so the schema isn't that of .* release it"):
        contract(database.migration_settings(), [*SHIPPED, ADD, DROP])

    assert has_column(database, "reason")


def test_a_release_that_is_no_longer_the_newest_contracts_nothing(database: Database) -> None:
    settings = database.migration_settings()
    migrate(settings, [*SHIPPED, ADD])

    with pytest.raises(
        MigrationFailed, match=rf"the schema is that of another release: {ADD.name} was applied by .* on"
    ):
        contract(settings, SHIPPED)


def test_nothing_is_contracted_while_another_release_is_connected(database: Database) -> None:
    settings = database.migration_settings()
    migrate(settings, [*SHIPPED, ADD, DROP])
    with database.connection(database.service) as other:
        other.execute("SET application_name = 'mailroom-web 0.9.0'")
        with pytest.raises(MigrationFailed) as failure:
            contract(settings, [*SHIPPED, ADD, DROP])

    assert str(failure.value) == (
        f"another release than {current_release()} is connected and may need what would be removed: mailroom-web "
        "0.9.0. Nothing was changed; stop it first, which gives up the rollback to it"
    )
    assert has_column(database, "reason")


def test_this_release_and_people_may_be_connected(database: Database) -> None:
    settings = database.migration_settings()
    migrate(settings, [*SHIPPED, ADD, DROP])
    pool = open_pool(database.settings(), "web")
    with pool, pool.connection() as ours, database.connection():
        ours.execute("SELECT 1")
        assert contract(settings, [*SHIPPED, ADD, DROP]) == [DROP.name]


def test_a_release_from_before_the_contract_step_does_not_migrate_any_more(database: Database) -> None:
    settings = database.migration_settings()
    migrate(settings, [*SHIPPED, ADD, DROP])
    contract(settings, [*SHIPPED, ADD, DROP])

    with pytest.raises(
        MigrationFailed, match=rf"the schema was contracted by .* on 20\d\d-\d\d-\d\d \({DROP.name}\), wh"
    ):
        migrate(settings, SHIPPED)


def test_a_step_that_fails_leaves_nothing(database: Database) -> None:
    settings = database.migration_settings()
    broken = Migration(DROP.version, DROP.name, f"{DROP.sql}; DROP TABLE nowhere")
    migrate(settings, [*SHIPPED, ADD, broken])

    with pytest.raises(MigrationFailed, match=rf'^{DROP.name}: table "nowhere" does not exist$'):
        contract(settings, [*SHIPPED, ADD, broken])

    assert has_column(database, "reason")


def test_the_command_says_what_it_did(environment: dict[str, str], database: Database, tmp_path: Path) -> None:
    owner = environment | {"MAILROOM_DATABASE_USER": database.owner}

    status, process = run(["mailroom", "migrate", "--contract"], owner, tmp_path / "log")

    assert status == 0
    line = process.lines()[-1]
    assert (line["message"], line["steps"], line["schema_least"]) == ("there is nothing to contract", [], None)
