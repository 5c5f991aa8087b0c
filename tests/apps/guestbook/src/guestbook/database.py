"""The guest book's one table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

NEWEST = "SELECT id, name, text, written::text FROM entries ORDER BY id DESC LIMIT 20"
ADD = "INSERT INTO entries (name, text) VALUES (%s, %s) RETURNING id, name, text, written::text"


def reach() -> dict[str, str]:
    """Return how the database is reached.

    Raises:
        SystemExit: a setting is missing. The message names it.
    """
    try:
        password = Path(os.environ["CREDENTIALS_DIRECTORY"], "database_password").read_text(encoding="utf-8").strip()
        return {"conninfo": os.environ["GUESTBOOK_DATABASE"], "password": password}
    except (KeyError, OSError) as error:
        message = f"guestbook can't start: {error} is missing; see the table of settings in README.md"
        raise SystemExit(message) from error


class Book:
    """The entries, in PostgreSQL."""

    def __init__(self) -> None:
        """Open a small pool, without waiting for the database."""
        how = reach()
        self._pool = ConnectionPool(
            how["conninfo"],
            kwargs={"password": how["password"], "row_factory": dict_row, "connect_timeout": 3},
            min_size=1,
            max_size=4,
            timeout=3,
        )

    def newest(self) -> list[dict[str, Any]]:
        """Return the newest entries, the newest first."""
        with self._pool.connection() as connection:
            return connection.execute(NEWEST).fetchall()

    def add(self, name: str, text: str) -> dict[str, Any]:
        """Write an entry down; return it."""
        with self._pool.connection() as connection:
            return dict(connection.execute(ADD, (name, text)).fetchone() or {})
