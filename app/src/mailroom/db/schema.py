"""The schema: which version this release needs, and the files that lead there."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import MigrationFailed

# The lowest schema version that this release can serve on. Raise it together with the first statement that needs it.
REQUIRED_SCHEMA_VERSION = 7

_PACKAGED = Path(__file__).parents[1] / "migrations"
_CHECKOUT = Path(__file__).parents[3] / "migrations"
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+(?:\.contract)?\.sql")
_CONTRACT = ".contract.sql"
# The first line of a file whose statements can't run in a transaction.
_OUTSIDE = "-- migrate: outside a transaction"


def is_contract(name: str) -> bool:
    """Whether a file removes what no release needs any more, and so runs only when it is asked for."""
    return name.endswith(_CONTRACT)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL. `checksum` is the SHA-256 of its text, in hex."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the text, in hex."""
        return hashlib.sha256(self.sql.encode("utf-8")).hexdigest()

    @property
    def contract(self) -> bool:
        """Whether it removes something, and so runs only when it is asked for."""
        return is_contract(self.name)

    @property
    def outside(self) -> bool:
        """Whether its statements run one by one, outside a transaction."""
        return self.sql.split("\n", 1)[0].strip() == _OUTSIDE


def migrations_directory() -> Path:
    """Return where the files are: inside the wheel, or beside `src` in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def shipped_migrations(directory: Path) -> list[Migration]:
    """Return the migrations of a directory in order. Raises MigrationFailed for a name out of order or form."""
    migrations = []
    for expected, path in enumerate(sorted(directory.glob("*.sql")), start=1):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != expected:
            raise MigrationFailed(f"{path.name}: expected a name like {expected:04d}_what_it_does.sql")
        migrations.append(Migration(expected, path.name, path.read_text(encoding="utf-8")))
    if not migrations:
        raise MigrationFailed(f"no migrations in {directory}")
    return migrations
