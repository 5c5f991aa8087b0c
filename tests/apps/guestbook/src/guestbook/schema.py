"""`guestbook-schema`: brings the database to the schema of this release."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from guestbook.database import reach

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_105_911  # any number that nothing else in this database locks


def main() -> None:
    """Run the migrations that the database doesn't have, each with its number in one transaction."""
    how = reach()
    with psycopg.connect(how["conninfo"], password=how["password"], options="-c lock_timeout=2s") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute("CREATE TABLE IF NOT EXISTS guestbook_schema (version int PRIMARY KEY)")
        done = {version for (version,) in connection.execute("SELECT version FROM guestbook_schema").fetchall()}
        for file in sorted(FOLDER.glob("*.sql")):
            version = int(file.name[:4])
            if version not in done and ".contract." not in file.name:
                connection.execute(file.read_bytes())
                connection.execute("INSERT INTO guestbook_schema VALUES (%s)", (version,))
                sys.stdout.write(f"{file.name} applied\n")
