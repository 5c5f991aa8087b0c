"""What statements are asked, and how PostgreSQL goes about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg
from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its values."""

    statement: Any
    values: Any


@contextmanager
def recording() -> Iterator[list[Asked]]:
    """Note every statement that this process asks of any database."""
    asked: list[Asked] = []
    execute = psycopg.Cursor.execute

    def note(cursor: Any, query: Any, params: Any = None, **how: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        asked.append(Asked(query, params))
        return execute(cursor, query, params, **how)

    with mock.patch.object(psycopg.Cursor, "execute", note):
        yield asked


def text_of(connection: Connection[Any], asked: Asked) -> str:
    """Return a statement as text."""
    statement = asked.statement
    if isinstance(statement, bytes):
        return statement.decode()
    return statement if isinstance(statement, str) else str(statement.as_string(connection))


def plan(connection: Connection[Any], asked: Asked, options: str = "") -> dict[str, Any]:
    """Return the plan of a statement for its values; with the option ANALYZE it is run, and then undone."""
    explain = f"EXPLAIN (FORMAT JSON{options and ', ' + options}) {text_of(connection, asked)}"
    with connection.transaction(force_rollback=True):
        ((found,),) = connection.execute(explain.encode(), asked.values, prepare=False).fetchall()
    (whole,) = json.loads(found) if isinstance(found, str) else found
    return dict(whole)


def nodes(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each node of a plan."""
    here = found.get("Plan", found)
    yield here
    for below in here.get("Plans", []):
        yield from nodes(below)


def indexes(found: dict[str, Any]) -> set[str]:
    """Return the indexes that a plan uses."""
    return {node["Index Name"] for node in nodes(found) if "Index Name" in node}


def read_whole(found: dict[str, Any]) -> set[str]:
    """Return the tables that a plan reads from one end to the other."""
    return {node["Relation Name"] for node in nodes(found) if node["Node Type"] == "Seq Scan"}
