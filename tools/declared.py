"""What a service says in `[tool.slipway]` of its pyproject.toml: its schema and its jobs, as the metadata carry them.

[tool.slipway]
migrations = "migrations"   # a folder of NNNN_what.sql and NNNN_what.contract.sql: linted, and its numbers counted
schema = { needs = 1 }      # the lowest schema version that the release serves on; `ships` too without that folder
[tool.slipway.jobs]
reads = [1, 2]              # the formats of jobs that its worker can do
writes = 1                  # the format in which it queues
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any, TypeGuard

from tools.wheels import BuildError

MIGRATION = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+(?P<contract>\.contract)?\.sql")
KNOWN = {"migrations", "schema", "jobs"}


@dataclasses.dataclass(frozen=True)
class Declared:
    """What the metadata say of schema and jobs, and where the migrations are (None: nothing is said of them)."""

    migrations: Path | None
    schema: dict[str, int | None] | None
    jobs: dict[str, Any]


def declared(source: Path) -> Declared:
    """Read it.

    Raises:
        BuildError: something is said that can't be.
    """
    path = source / "pyproject.toml"
    said = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("slipway", {})
    if strange := sorted(said.keys() - KNOWN):
        raise BuildError(f"{path}: [tool.slipway] has {', '.join(strange)}; it may have {', '.join(sorted(KNOWN))}")
    folder = source / said["migrations"] if "migrations" in said else None
    return Declared(folder, _schema(path, said.get("schema", {}), folder), _jobs(path, said.get("jobs", {})))


def migrations(folder: Path) -> list[Path]:
    """Return the files of a folder of migrations, in order.

    Raises:
        BuildError: one has another name than NNNN_what.sql or NNNN_what.contract.sql, or isn't the next in number.
    """
    files = sorted(folder.glob("*.sql"))
    if not files:
        raise BuildError(f"{folder} holds no migrations, and [tool.slipway] says that it does")
    for expected, file in enumerate(files, start=1):
        match = MIGRATION.fullmatch(file.name)
        if match is None or int(match["number"]) != expected:
            raise BuildError(
                f"{file}: expected a name like {expected:04d}_what_it_does.sql, or {expected:04d}_what.contract.sql"
            )
    return files


def _schema(path: Path, said: dict[str, Any], folder: Path | None) -> dict[str, int | None] | None:
    if folder is None and not said:
        return None
    contracts = None
    ships: object = said.get("ships")
    if folder is not None:
        if ships is not None:
            raise BuildError(f"{path}: `ships` is counted from {folder.name}/; take it out of [tool.slipway] schema")
        files = migrations(folder)
        ships = len(files)
        contracts = max((number for number, file in enumerate(files, 1) if ".contract." in file.name), default=None)
    needs = said.get("needs")
    if not _is_number(needs) or not _is_number(ships) or needs > ships:
        raise BuildError(
            f"{path}: [tool.slipway] schema says needs = {needs} of {ships} that it ships; `needs` is the lowest "
            "schema version that this release can serve on, from 1 to what it ships"
        )
    return {"needs": needs, "ships": ships, "contracts": contracts}


def _jobs(path: Path, said: dict[str, Any]) -> dict[str, Any]:
    reads, writes = said.get("reads", [1]), said.get("writes", 1)
    if not (isinstance(reads, list) and all(map(_is_number, reads)) and _is_number(writes) and writes in reads):
        raise BuildError(
            f"{path}: [tool.slipway.jobs] says reads = {reads}, writes = {writes}; `reads` is a list of formats (1 and "
            "up), and what a release writes it must also read"
        )
    return {"reads": sorted(reads), "writes": writes}


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
