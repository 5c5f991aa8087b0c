"""What a service says of its schema and its jobs reaches the metadata, and nothing wrong does."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tools.build import ROOT
from tools.declared import declared
from tools.wheels import BuildError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service with three migrations, the second of which is a contract step."""
    (tmp_path / "migrations").mkdir()
    for name in ("0001_first.sql", "0002_second.contract.sql", "0003_third.sql"):
        (tmp_path / "migrations" / name).write_text("SELECT 1;\n", encoding="utf-8")
    return tmp_path


def say(service: Path, text: str) -> Path:
    (service / "pyproject.toml").write_text(f"[project]\nname = 'tiny'\n{text}\n", encoding="utf-8")
    return service


def test_what_a_release_ships_and_contracts_is_counted(service: Path) -> None:
    said = declared(say(service, "[tool.slipway]\nmigrations = 'migrations'\nschema = { needs = 3 }"))

    assert said.schema == {"needs": 3, "ships": 3, "contracts": 2}
    assert said.migrations == service / "migrations"


def test_a_service_that_says_nothing_has_no_schema_and_the_first_format_of_jobs(service: Path) -> None:
    said = declared(say(service, ""))

    assert (said.migrations, said.schema, said.jobs) == (None, None, {"reads": [1], "writes": 1})


def test_a_service_that_migrates_in_its_own_way_says_what_it_ships(service: Path) -> None:
    said = declared(say(service, "[tool.slipway]\nschema = { needs = 4, ships = 7 }"))

    assert said.schema == {"needs": 4, "ships": 7, "contracts": None}


def test_formats_of_jobs_are_taken_as_they_are_said(service: Path) -> None:
    said = declared(say(service, "[tool.slipway.jobs]\nreads = [3, 2]\nwrites = 2"))

    assert said.jobs == {"reads": [2, 3], "writes": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.slipway]\nmigration = 'x'", r"has migration; it may have jobs, migrations, schema"),
        ("[tool.slipway]\nmigrations = 'nothing'", r"nothing holds no migrations, and \[tool\.slipway\] says that"),
        ("[tool.slipway]\nmigrations = 'migrations'", r"needs = None of 3 that it ships; `needs` is the lowest"),
        (
            "[tool.slipway]\nmigrations = 'migrations'\nschema = { needs = 4 }",
            r"needs = 4 of 3 .* from 1 to what it ships",
        ),
        ("[tool.slipway]\nmigrations = 'migrations'\nschema = { needs = 1, ships = 3 }", r"`ships` is counted from"),
        ("[tool.slipway]\nschema = { needs = 1 }", r"needs = 1 of None that it ships"),
        ("[tool.slipway.jobs]\nreads = [1]\nwrites = 2", r"what a release writes it must also read"),
        ("[tool.slipway.jobs]\nreads = 'all'", r"`reads` is a list of formats \(1 and up\)"),
        ("[tool.slipway.jobs]\nreads = [true]", r"`reads` is a list of formats"),
    ],
)
def test_what_cannot_be_is_refused(service: Path, text: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        declared(say(service, text))


@pytest.mark.parametrize("name", ["0005_gap.sql", "0003_twice.sql", "notes.sql", "0004_What.sql", "0004_a.down.sql"])
def test_a_migration_out_of_order_or_form_is_refused(service: Path, name: str) -> None:
    (service / "migrations" / name).touch()

    with pytest.raises(BuildError, match=r": expected a name like 000\d_what_it_does\.sql, or 000\d_what\.contract\."):
        declared(say(service, "[tool.slipway]\nmigrations = 'migrations'\nschema = { needs = 1 }"))


def test_mailroom_says_what_it_needs_and_queues() -> None:
    table = tomllib.loads((ROOT / "app" / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["slipway"]
    said = declared(ROOT / "app")

    assert said.schema is not None
    assert said.schema["needs"] == table["schema"]["needs"]
    assert said.jobs["writes"] in said.jobs["reads"]
