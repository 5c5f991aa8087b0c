"""GET /api/v1/messages on a real database: filters, pages, and the indexes that serve them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from mailroom.ids import lowest_message_id
from mailroom.messages.entities import State
from mailroom.messages.listing import Filters, listing
from mailroom.messages.rows import COLUMNS
from support.databases import Database
from support.queries import counted_queries

pytestmark = pytest.mark.usefixtures("allowed_all")
BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
URL = "/api/v1/messages"
START = datetime(2026, 1, 1, tzinfo=UTC)
# One a minute from START on; the 20 000 are of 3 callers, 10 tags, 5 templates, and 2 000 people.
FILL = """
WITH made AS (
    SELECT n, timestamptz '2026-01-01T00:00:00Z' + n * interval '1 minute' AS at FROM generate_series(0, 19999) AS n
), filled AS (
    INSERT INTO messages (id, caller, request_id, sender, recipient, subject, body_text, state, created_at, updated_at,
                          tags, template)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0')
           )::uuid,
           'key:' || n % 3, 'r', 'me@example.com', 'Person' || n % 2000 || '@example.com', 'Hello', repeat('text ', 50),
           CASE WHEN n % 100 = 0 THEN 'failed' WHEN n > 19950 THEN 'queued' ELSE 'sent' END, at, at,
           ARRAY['tag-' || n % 10], CASE WHEN n % 4 = 0 THEN 'template-' || n % 5 END
    FROM made RETURNING id, tags
)
INSERT INTO message_tags (tag, message_id) SELECT unnest(tags), id FROM filled
"""
Get = Callable[..., list[str]]


@pytest.fixture
def get(client: FlaskClient, authorization: dict[str, str]) -> Get:
    """Ask for a list and return the recipients in it."""

    def get(**query: str | int) -> list[str]:
        answer = client.get(URL, query_string=query, headers=authorization)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return [message["to"].partition("@")[0] for message in answer.get_json()["messages"]]

    return get


@pytest.fixture
def three(client: FlaskClient, database: Database, authorization: dict[str, str]) -> list[str]:
    """Have three messages of ann, bob and eve, an hour apart, eve's the newest; return their ids."""
    for name, changes in {"ann": {"tags": ["x"]}, "bob": {"tags": ["x", "y"]}, "eve": {}}.items():
        assert client.post(URL, json={**BODY, "to": f"{name}@example.com", **changes}, headers=authorization)
    old = [one for (one,) in database.rows("SELECT id FROM messages ORDER BY id")]
    new = [str(lowest_message_id(START + timedelta(hours=number))) for number in range(3)]
    database.rows("ALTER TABLE message_tags DROP CONSTRAINT message_tags_message_id_fkey")
    database.rows("DELETE FROM message_events")
    for before, after in zip(old, new, strict=True):
        database.rows("UPDATE messages SET id = %s WHERE id = %s", after, before)
        database.rows("UPDATE message_tags SET message_id = %s WHERE message_id = %s", after, before)
    return new


def test_the_newest_comes_first(get: Get, three: list[str]) -> None:
    assert len(three) == 3
    assert get() == ["eve", "bob", "ann"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"to": "BOB@example.com"}, ["bob"]),
        ({"tag": "x"}, ["bob", "ann"]),
        ({"tag": "x", "to": "ann@example.com"}, ["ann"]),
        ({"tag": "x", "created_after": "2026-01-01T01:00:00Z"}, ["bob"]),
        ({"tag": "x", "created_before": "2026-01-01T01:00:00Z"}, ["ann"]),
        ({"state": "queued"}, ["eve", "bob", "ann"]),
        ({"state": "sent"}, []),
        ({"caller": "key:99"}, []),
        ({"template": "order"}, []),
        ({"created_after": "2026-01-01T01:00:00Z"}, ["eve", "bob"]),
        ({"created_before": "2026-01-01T02:00:00+01:00"}, ["ann"]),
        ({"created_after": "2026-01-01T01:00:00Z", "created_before": "2026-01-01T02:00:00Z"}, ["bob"]),
        ({"limit": 2}, ["eve", "bob"]),
    ],
)
def test_a_filter_leaves_what_it_asks_for(get: Get, query: dict[str, str | int], expected: list[str]) -> None:
    assert get(**query) == expected


def test_the_caller_finds_its_own(get: Get, database: Database, three: list[str]) -> None:
    ((key_id,),) = database.rows("SELECT id FROM api_keys")

    assert len(get(caller=f"key:{key_id}")) == len(three)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("state=lost", "state"),
        ("to=nobody", "to"),
        ("tag=%00", "tag"),
        ("caller=ann", "caller"),
        ("template=A", "template"),
        ("created_after=2026-01-01", "created_after"),
        ("created_before=1767225600", "created_before"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("after=x", "after"),
        ("page=2", "page"),
        ("tag=x&tag=y", "tag"),
    ],
)
def test_a_malformed_query_is_refused_and_named(
    client: FlaskClient, authorization: dict[str, str], query: str, name: str
) -> None:
    answer = client.get(f"{URL}?{query}", headers=authorization)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.get_json()["errors"]] == [name]


def test_pages_follow_each_other_and_what_is_inserted_meanwhile_moves_nothing(
    client: FlaskClient, authorization: dict[str, str]
) -> None:
    def accept(name: str) -> None:
        client.post(URL, json={**BODY, "to": f"{name}@example.com", "tags": ["x"]}, headers=authorization)

    for number in range(7):
        accept(f"a{number}")
    seen: list[str] = []
    place: str | None = f"{URL}?limit=3&tag=x"
    while place:
        answer = client.get(place, headers=authorization)
        seen += [message["to"] for message in answer.get_json()["messages"]]
        accept(f"b{len(seen)}")
        link = answer.headers.get("Link")
        assert link is None or link.endswith('>; rel="next"')
        place = link[1 : link.index(">")] if link else None
        assert place is None or parse_qs(urlsplit(place).query)["tag"] == ["x"]

    assert sorted(seen) == [f"a{number}@example.com" for number in range(7)]


def test_a_list_is_one_query_however_long(client: FlaskClient, authorization: dict[str, str]) -> None:
    for number in range(5):
        client.post(URL, json={**BODY, "to": f"a{number}@example.com", "tags": ["x"]}, headers=authorization)
    with counted_queries() as one:
        client.get(URL, query_string={"limit": 1}, headers=authorization)
    with counted_queries() as many:
        client.get(URL, query_string={"limit": 200}, headers=authorization)

    # Who asks; the list.
    assert (len(one), len(many)) == (2, 2)
    assert "body_text" not in many[-1]
    assert "count(" not in many[-1]


def test_one_with_its_history_is_one_query(client: FlaskClient, authorization: dict[str, str]) -> None:
    location = client.post(URL, json={**BODY, "tags": ["x"]}, headers=authorization).headers["Location"]
    with counted_queries() as queries:
        assert client.get(location, headers=authorization).status_code == 200

    assert len(queries) == 2


def test_an_index_serves_every_filter_in_the_order_of_the_list(database: Database) -> None:
    database.rows(FILL)
    database.rows("ANALYZE messages, message_tags")
    later, end = START + timedelta(days=5), START + timedelta(days=6)
    after = lowest_message_id(end)
    ordered = [
        Filters(),
        Filters(after=after),
        Filters(created_after=later, created_before=end),
        Filters(state=State.FAILED),
        Filters(state=State.SENT, after=after),
        Filters(tag="tag-3"),
        Filters(tag="tag-3", after=after),
        Filters(tag="none"),
        Filters(caller="key:1"),
        Filters(caller="key:9"),
        Filters(template="template-3"),
        Filters(template="none"),
    ]
    # Where few are left, these may be put in order.
    few = [
        Filters(state=State.QUEUED),
        Filters(to="person7@example.com"),
        Filters(state=State.FAILED, caller="key:1"),
        Filters(state=State.FAILED, tag="tag-0"),
        Filters(state=State.FAILED, created_after=later),
        Filters(tag="tag-3", created_after=later, created_before=end),
        Filters(tag="tag-3", to="person3@example.com"),
        Filters(to="person7@example.com", state=State.SENT),
        Filters(caller="key:1", created_after=later, after=after),
    ]

    for filters in [*ordered, *few]:
        plan = nodes(database, filters)
        assert "Seq Scan" not in plan, (filters, plan)
        assert filters in few or "Sort" not in plan, (filters, plan)


def nodes(database: Database, filters: Filters) -> set[str]:
    """Return the kinds of nodes in PostgreSQL's plan for a page."""
    statement, values = listing(COLUMNS, filters, 51)
    with database.connection() as connection:
        ((plan,),) = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), values).fetchall()
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        found.add(node["Node Type"])
        for child in node.get("Plans", []):
            walk(child)

    walk(plan[0]["Plan"])
    return found
