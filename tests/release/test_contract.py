"""A contract step takes away what no release needs; after it there is no way back, and a way on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.release.migrations import NEXT, add_migration
from tests.release.quick import STATE, Quick, words
from tests.turns import share

pytestmark = [pytest.mark.timeout(1800), share(4)]

DATA = "fleet-data"
SHIPS, AFTER = "2.5.1", "2.5.2"
STEP = NEXT + 1


def sql(fleet: Fleet, statement: str) -> str:
    """Run a statement in Mailroom's database; return what came back, unaligned."""
    return fleet.run(DATA, f"cd /; sudo -u postgres psql -d mailroom -qtA <<'END'\n{statement}\nEND").strip()


def ships_a_step(source: Path) -> None:
    """Add a table, and a contract step that takes it away again."""
    add_migration(source, NEXT, "scratch", "CREATE TABLE scratch (id bigint);")
    add_migration(source, STEP, "scratch.contract", "DROP TABLE scratch;")


@pytest.fixture
def contractor(quick: Quick, build_changed: Callable[[str, Callable[[Path], None]], str]) -> Iterator[Quick]:
    """Return the fleet, and two built versions that ship a contract step; the schema is as before afterwards."""
    for version in (SHIPS, AFTER):
        build_changed(version, ships_a_step)
    yield quick
    # The number is a constant of this file.
    sql(quick.fleet, f"DROP TABLE IF EXISTS scratch; DELETE FROM schema_migrations WHERE version >= {NEXT};")  # noqa: S608
    for host in quick.hosts:
        quick.fleet.run(host, f"rm -f {STATE}/contracted.json")
    quick.released(quick.versions[0])


def test_after_a_contract_step_a_rollback_is_refused_and_a_later_release_works(contractor: Quick) -> None:
    fleet, before = contractor.fleet, contractor.live()
    contractor.released(SHIPS)
    assert sql(fleet, "SELECT to_regclass('scratch')") == "scratch", "a release runs no contract step"
    contracted = fleet.play("contract.yml")
    assert contracted.code == 0, contracted.output[-6000:]
    assert f"The schema is contracted up to {STEP}" in words(contracted.output)
    assert sql(fleet, "SELECT to_regclass('scratch')") == ""
    entry = contractor.last()
    assert (entry["kind"], entry["version"], entry["verdict"]) == ("contract", SHIPS, "succeeded")

    held = fleet.slots()
    refused = fleet.rollback()
    assert refused.code != 0
    said = words(refused.output)
    assert f"the schema was contracted by {SHIPS} on 2" in said, refused.output[-4000:]
    assert f"{before} needs what the steps up to {STEP} removed" in said
    assert "nothing was changed. Release a mended version instead" in said
    assert {host: slots["slots"] for host, slots in fleet.slots().items()} == {
        host: slots["slots"] for host, slots in held.items()
    }
    assert contractor.live() == SHIPS
    assert not contractor.left_over()

    again = contractor.release(before)
    assert again.code != 0
    assert f"the schema was contracted by {SHIPS}" in words(again.output)
    assert contractor.live() == SHIPS
    contractor.released(AFTER)
    assert contractor.rolled_back().code == 0, "between two that ship the step there is a way back"
    assert contractor.live() == SHIPS
