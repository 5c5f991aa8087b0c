"""What is asked: each list, each detail, each statistic. What the application has more is told as missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Flask
from werkzeug.exceptions import HTTPException

from mailroom.statistics.entities import Party, Unit
from mailroom.web.operation import operation_of
from support.databases import Database

_API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Asking:
    """One request: its name in the table, and where it goes."""

    name: str
    path: str


def askings(database: Database) -> Iterator[Asking]:
    """Yield the requests, about messages that are in the database: of many and of few, young and old."""
    ((message, recipient),) = database.rows("SELECT id, recipient FROM messages ORDER BY id DESC OFFSET 1000 LIMIT 1")
    yield Asking("a message", f"{_API}/messages/{message}")
    yield Asking("messages, newest", f"{_API}/messages")
    filters = (("state", "failed"), ("state", "queued"), ("to", recipient), ("tag", "tag3"), ("caller", "key:3"))
    for name, value in (*filters, ("template", "template7")):
        yield Asking(f"messages by {name} {value}", f"{_API}/messages?{urlencode({name: value})}")
    today = datetime.now(UTC).date()
    period = {"created_after": f"{today - timedelta(days=200)}T00:00:00Z", "created_before": f"{today}T00:00:00Z"}
    yield Asking("messages of 200 days", f"{_API}/messages?{urlencode(period)}")
    yield from _others(database)
    yield from _statistics()


def _others(database: Database) -> Iterator[Asking]:
    yield Asking("who I am", f"{_API}/auth/me")
    for table, name in (("users", "user"), ("api_keys", "key"), ("suppressions", "suppression")):
        ((some_id,),) = database.rows(f"SELECT id FROM {table} ORDER BY id OFFSET 500 LIMIT 1")
        path = f"{_API}/{table.removeprefix('api_')}"
        yield Asking(f"{name}s", path)
        yield Asking(f"a {name}", f"{path}/{some_id}")
    yield Asking("suppressions by reason", f"{_API}/suppressions?reason=complaint")
    yield Asking("suppressions by address", f"{_API}/suppressions?address=person77@gone.test")
    yield Asking("templates", f"{_API}/templates")
    yield Asking("a template", f"{_API}/templates/template7")
    yield Asking("versions of a template", f"{_API}/templates/template7/versions")


def _statistics() -> Iterator[Asking]:
    today = datetime.now(UTC).date()
    year, month = ({"from": today - timedelta(days=days - 1), "to": today} for days in (366, 31))
    for name, more in (("all", {}), ("a tag", {"tag": "tag3"}), ("a domain", {"domain": "domain0.test"})):
        yield Asking(f"366 days of {name}", f"{_API}/statistics/days?{urlencode(year | more)}")
    for name in ("tags", "domains"):
        yield Asking(f"31 days by {name}", f"{_API}/statistics/{name}?{urlencode(month | {'limit': 100})}")
    for unit in Unit:
        for role in Party:
            query = urlencode({"unit": unit.value, "role": role.value, "limit": 100})
            yield Asking(f"top {role.value}s of a {unit.value}", f"{_API}/statistics/top?{query}")


def left_out(app: Flask, asked: list[Asking]) -> list[str]:
    """Return the rules of readings of the API that none of these requests goes to."""
    adapter = app.url_map.bind("benchmark")
    reached = set()
    for one in asked:
        # What isn't there is told by its answer.
        with suppress(HTTPException):
            reached.add(adapter.match(one.path.partition("?")[0], method="GET", return_rule=True)[0].rule)
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.rule not in reached
        and operation_of(app.view_functions[rule.endpoint]) is not None
    )
