"""`mailroom keys ensure` on a real database, as a function and as the command that a release runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.errors import ConfigurationError
from mailroom.keys.ensure import ensure_key
from support.databases import Database
from support.processes import run

KEY = "a-new-key-0123456789-0123456789-0123"
OTHER = "b-new-key-0123456789-0123456789-0123"


def test_a_key_is_stored_once_and_then_left_alone(database: Database) -> None:
    assert [ensure_key(database.settings(), "new", KEY) for _ in range(2)] == [True, False]


def test_another_key_of_the_same_name_takes_its_place(database: Database) -> None:
    ensure_key(database.settings(), "new", KEY)
    ensure_key(database.settings(), "new", OTHER)

    assert database.rows("SELECT count(*) FROM api_keys WHERE name = 'new'") == [(1,)]


def test_a_key_belongs_to_one_name(database: Database) -> None:
    ensure_key(database.settings(), "new", KEY)

    with pytest.raises(ConfigurationError, match="this key already belongs to the name 'new'"):
        ensure_key(database.settings(), "other", KEY)


def test_the_key_itself_is_nowhere_in_the_database(database: Database) -> None:
    ensure_key(database.settings(), "new", KEY)

    ((row,),) = database.rows("SELECT api_keys::text FROM api_keys WHERE name = 'new'")
    assert KEY[:8] not in row
    assert KEY.encode().hex() not in row


def test_the_command_says_whether_it_changed_anything_and_never_shows_the_key(
    database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    (Path(environment["CREDENTIALS_DIRECTORY"]) / "bootstrap_api_key").write_text(KEY + "\n")

    first = run(["mailroom", "keys", "ensure", "new"], environment, tmp_path / "first")
    second = run(["mailroom", "keys", "ensure", "new"], environment, tmp_path / "second")

    assert [(status, process.lines()[-1]["changed"]) for status, process in (first, second)] == [(0, True), (0, False)]
    assert KEY not in first[1].text() + second[1].text()
    assert database.rows("SELECT count(*) FROM api_keys WHERE name = 'new'") == [(1,)]
