"""Counting what is asked of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

Cursor = psycopg.Cursor[Any]
Query = str | bytes


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Gather the statements that this process sends meanwhile; those of one `executemany` count as one."""
    statements: list[str] = []
    execute: Callable[..., Cursor] = psycopg.Cursor.execute
    executemany: Callable[..., None] = psycopg.Cursor.executemany

    def counting_execute(cursor: Cursor, query: Query, *arguments: object, **options: object) -> Cursor:
        # The pool asks nothing, to see whether a connection is alive.
        if query not in {"", b""}:
            statements.append(str(query))
        return execute(cursor, query, *arguments, **options)

    def counting_executemany(cursor: Cursor, query: Query, *arguments: object, **options: object) -> None:
        statements.append(str(query))
        executemany(cursor, query, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counting_execute)
        patch.setattr(psycopg.Cursor, "executemany", counting_executemany)
        yield statements
