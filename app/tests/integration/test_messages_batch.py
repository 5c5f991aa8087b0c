"""POST /api/v1/batches on a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mailroom.messages.acceptance import Limits
from support.databases import Database
from support.queries import counted_queries

pytestmark = pytest.mark.usefixtures("allowed_all")
BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
URL = "/api/v1/batches"
Post = Callable[[list[Any]], list[dict[str, Any]]]


@pytest.fixture
def client(limited_client: Callable[[Limits], FlaskClient]) -> FlaskClient:
    return limited_client(Limits())


@pytest.fixture
def post(client: FlaskClient, authorization: dict[str, str]) -> Post:
    def post(messages: list[Any]) -> list[dict[str, Any]]:
        answer = client.post(URL, json={"messages": messages}, headers=authorization)
        assert answer.status_code == 200
        return list(answer.get_json()["results"])

    return post


def test_good_ones_are_accepted_and_bad_ones_told_what_is_wrong_each_in_its_place(
    post: Post, database: Database
) -> None:
    results = post([BODY, {**BODY, "to": "nobody"}, 3, {**BODY, "to": "bob@example.com"}])

    assert [result["status"] for result in results] == [202, 422, 422, 202]
    assert [set(result) for result in results[:2]] == [{"status", "message"}, {"status", "problem"}]
    assert results[1]["problem"]["errors"][0]["pointer"] == "#/messages/1/to"
    assert results[2]["problem"]["errors"][0] == {"pointer": "#/messages/2", "detail": "This must be an object."}
    assert results[1]["problem"]["request_id"]
    stored = [str(one) for (one,) in database.rows("SELECT id FROM messages ORDER BY id")]
    assert stored == [results[0]["message"]["id"], results[3]["message"]["id"]]
    assert database.counts() == (2, 2)


def test_a_fault_that_shows_late_is_told_in_its_place(post: Post, database: Database) -> None:
    results = post([{"to": "ann@example.com", "template": {"name": "none"}}, BODY])

    assert [result["status"] for result in results] == [422, 202]
    assert results[0]["problem"]["errors"][0]["pointer"] == "#/messages/0/template/name"
    assert database.counts() == (1, 1)


def test_a_mail_that_stands_twice_is_accepted_once(post: Post, database: Database) -> None:
    results = post([BODY, BODY, {**BODY, "allow_repeat": True}])

    assert [result["status"] for result in results] == [202, 409, 202]
    assert results[1]["problem"]["message_id"] == results[0]["message"]["id"]
    assert database.counts() == (2, 2)


def test_a_repeat_of_an_earlier_request_is_refused_and_one_that_is_meant_is_not(post: Post) -> None:
    (earlier,) = post([BODY])
    results = post([BODY, {**BODY, "allow_repeat": True}, {**BODY, "to": "bob@example.com"}])
    (later,) = post([BODY])

    assert [result["status"] for result in results] == [409, 202, 202]
    assert results[0]["problem"]["message_id"] == earlier["message"]["id"]
    assert later["problem"]["message_id"] == results[1]["message"]["id"]


@pytest.mark.parametrize(
    ("messages", "pointer"),
    [([], "#/messages"), ([BODY] * 501, "#/messages"), (None, "#/messages")],
)
def test_a_batch_of_none_or_too_many_is_refused_as_a_whole(
    client: FlaskClient, database: Database, authorization: dict[str, str], messages: object, pointer: str
) -> None:
    answer = client.post(URL, json={"messages": messages}, headers=authorization)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]
    assert database.counts() == (0, 0)


def test_what_is_asked_of_the_database_does_not_grow_with_the_batch(post: Post, database: Database) -> None:
    file = {"filename": "a.txt", "content_type": "text/plain", "content": "YQ=="}
    with counted_queries() as queries:
        results = post([{**BODY, "text": f"{n}", "tags": ["t"], "attachments": [file]} for n in range(200)])

    assert {result["status"] for result in results} == {202}
    # Who asks, and that they did; repeats; messages with events and tags; files; whose files; jobs.
    assert len(queries) == 7
    assert database.counts() == (200, 200)
    assert database.rows("SELECT count(*) FROM message_events WHERE kind = 'accepted'") == [(200,)]
    assert database.rows("SELECT count(*) FROM attachments") == [(1,)]


def test_a_batch_needs_leave_to_send(client: FlaskClient, database: Database, authorization: dict[str, str]) -> None:
    database.rows("UPDATE api_keys SET scopes = '{messages:read}'")

    answer = client.post(URL, json={"messages": [BODY]}, headers=authorization)

    assert (answer.status_code, answer.get_json()["permission"]) == (403, "messages:send")
