from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.db.schema import REQUIRED_SCHEMA_VERSION, Migration, migrations_directory, shipped_migrations
from mailroom.errors import MigrationFailed


def test_what_a_release_needs_it_also_ships() -> None:
    assert 1 <= REQUIRED_SCHEMA_VERSION <= shipped_migrations(migrations_directory())[-1].version


def test_no_release_needs_a_contract_step() -> None:
    contracts = {one.version for one in shipped_migrations(migrations_directory()) if one.contract}

    assert REQUIRED_SCHEMA_VERSION not in contracts


def test_a_contract_step_is_known_by_its_name_and_counted_with_the_others(tmp_path: Path) -> None:
    for name in ("0001_a.sql", "0002_b.contract.sql", "0003_contract.sql"):
        (tmp_path / name).write_text("SELECT 1")

    assert [migration.contract for migration in shipped_migrations(tmp_path)] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("-- migrate: outside a transaction\nSELECT 1", True),
        ("-- migrate: outside a transaction \r\nSELECT 1", True),
        ("SELECT 1;\n-- migrate: outside a transaction", False),
        ("SELECT 1", False),
    ],
)
def test_a_file_outside_a_transaction_is_known_by_its_first_line(text: str, outside: bool) -> None:  # noqa: FBT001
    assert Migration(1, "0001_a.sql", text).outside is outside


def test_migrations_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql"):
        (tmp_path / name).write_text("SELECT 1")

    assert [migration.name for migration in shipped_migrations(tmp_path)] == ["0001_a.sql", "0002_b.sql"]


@pytest.mark.parametrize("name", ["0003_gap.sql", "2_short.sql", "0002-dash.sql", "0001_twice.sql"])
def test_a_name_out_of_order_or_form_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "0001_a.sql").write_text("SELECT 1")
    (tmp_path / name).write_text("SELECT 1")

    with pytest.raises(MigrationFailed, match=r"\.sql: expected a name like 0002_what_it_does\.sql"):
        shipped_migrations(tmp_path)


def test_a_release_without_migrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationFailed, match="no migrations in"):
        shipped_migrations(tmp_path)


def test_a_changed_file_has_another_checksum(tmp_path: Path) -> None:
    path = tmp_path / "0001_a.sql"
    path.write_text("SELECT 1")
    before = shipped_migrations(tmp_path)[0].checksum
    path.write_text("SELECT 2")

    assert shipped_migrations(tmp_path)[0].checksum != before
