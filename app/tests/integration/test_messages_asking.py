"""What can be asked for with POST /api/v1/messages, on a real database."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.messages.acceptance import Limits
from mailroom.messages.entities import Message
from support.databases import Database
from support.queries import counted_queries

BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
pytestmark = pytest.mark.usefixtures("allowed_all")
URL = "/api/v1/messages"
PEOPLE = ["ann@example.com", "bob@example.com", "eve@example.com"]
FILE = {"filename": "a.txt", "content_type": "text/plain", "content": base64.b64encode(b"seven apples").decode()}


def taken(database: Database, message_id: str) -> Message | None:
    with open_pool(database.settings(), "test") as pool, units_of_work(pool, deferring_app())() as work:
        return work.messages.take(UUID(message_id))


def test_a_list_makes_one_message_for_each_person(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={**BODY, "to": PEOPLE}, headers=authorization)

    assert answer.status_code == 202
    assert "Location" not in answer.headers
    assert [message["to"] for message in answer.get_json()["messages"]] == PEOPLE
    assert database.counts() == (3, 3)


def test_of_a_list_with_one_wrong_address_nobody_gets_anything(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={**BODY, "to": [*PEOPLE, "nobody"]}, headers=authorization)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["#/to/3"]
    assert database.counts() == (0, 0)


def test_a_list_that_is_only_tried_leaves_nothing(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={**BODY, "to": PEOPLE, "dry_run": True}, headers=authorization)

    assert answer.status_code == 200
    assert [message["state"] for message in answer.get_json()["messages"]] == ["valid"] * 3
    assert database.counts() == (0, 0)


def test_all_that_was_asked_for_is_stored_and_shown(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    asked = {**BODY, "headers": {"x-order": "7", "reply-to": "help@example.com"}, "tags": ["b", "a"], "html": "<p>"}
    location = client.post(URL, json={**asked, "unsubscribable": True}, headers=authorization).headers["Location"]

    shown = client.get(location, headers=authorization).get_json()

    assert (shown["tags"], shown["headers"], shown["send_at"]) == (["b", "a"], ["x-order", "Reply-To"], None)
    assert [(event["kind"], event["detail"]) for event in shown["events"]] == [("accepted", None)]
    assert database.rows("SELECT headers, unsubscribable FROM messages") == [
        ({"x-order": "7", "Reply-To": "help@example.com"}, True)
    ]
    assert database.rows("SELECT tag FROM message_tags ORDER BY tag") == [("a",), ("b",)]


def test_text_may_be_left_out_where_there_is_html(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    body = {"to": "ann@example.com", "subject": "Hello", "html": "<p>Good day."}

    assert client.post(URL, json=body, headers=authorization).status_code == 202
    assert database.rows("SELECT body_text, body_html FROM messages") == [("", "<p>Good day.")]


def test_a_message_for_later_is_scheduled_and_its_job_waits(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    due = datetime.now(UTC) + timedelta(days=2)
    answer = client.post(URL, json={**BODY, "send_at": due.isoformat()}, headers=authorization)

    assert answer.get_json()["state"] == "scheduled"
    assert datetime.fromisoformat(answer.get_json()["send_at"]) == due
    assert database.rows("SELECT scheduled_at FROM procrastinate_jobs") == [(due,)]
    assert taken(database, answer.get_json()["id"]) is None


def test_a_message_for_later_is_taken_once_its_time_has_come(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    message_id = client.post(URL, json={**BODY, "send_at": due}, headers=authorization).get_json()["id"]
    database.rows("UPDATE messages SET send_at = now() - interval '1 s'")

    message = taken(database, message_id)

    assert message is not None
    assert (message.state, message.attempts, message.text) == ("sending", 1, "Good day.")


@pytest.mark.parametrize("send_at", ["2020-01-01T00:00:00Z", "2020-01-01t00:00:00.5+01:00"])
def test_a_time_in_the_past_means_now(
    client: FlaskClient, database: Database, authorization: dict[str, str], send_at: str
) -> None:
    answer = client.post(URL, json={**BODY, "send_at": send_at}, headers=authorization)

    assert (answer.get_json()["state"], answer.get_json()["send_at"]) == ("queued", None)
    assert database.rows("SELECT scheduled_at FROM procrastinate_jobs") == [(None,)]


def test_a_time_too_far_ahead_is_refused(client: FlaskClient, authorization: dict[str, str]) -> None:
    send_at = (datetime.now(UTC) + timedelta(days=31)).isoformat()
    answer = client.post(URL, json={**BODY, "send_at": send_at}, headers=authorization)

    assert answer.get_json()["errors"] == [
        {"pointer": "#/send_at", "detail": "This is more than 30 days ahead."},
    ]


def test_files_are_stored_once_for_all_and_taken_with_the_message(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    other = {**FILE, "filename": "b.txt"}
    body = {**BODY, "to": PEOPLE, "attachments": [FILE, other, FILE]}
    first = client.post(URL, json=body, headers=authorization).get_json()["messages"][0]["id"]

    message = taken(database, first)

    assert message is not None
    assert [one.filename for one in message.attachments] == ["a.txt", "b.txt", "a.txt"]
    assert {one.content for one in message.attachments} == {b"seven apples"}
    assert database.rows("SELECT count(*) FROM attachments") == [(2,)]


def test_files_that_are_too_large_together_are_refused(
    limited_client: Callable[[Limits], FlaskClient], authorization: dict[str, str]
) -> None:
    client = limited_client(Limits(attachment_bytes=20))
    answer = client.post(URL, json={**BODY, "attachments": [FILE, FILE]}, headers=authorization)

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {"pointer": "#/attachments", "detail": "All attachments of a mail have at most 20 bytes."}
    ]
    assert client.post(URL, json={**BODY, "attachments": [FILE]}, headers=authorization).status_code == 202


def test_a_mail_from_a_template_is_rendered_once_and_names_its_version(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    a_template(client, authorization)
    choice = {"name": "order", "variables": {"number": 7}}
    answer = client.post(URL, json={"to": PEOPLE, "template": choice}, headers=authorization)

    assert answer.status_code == 202
    assert {(one["template"], one["template_version"]) for one in answer.get_json()["messages"]} == {("order", 1)}
    assert database.rows("SELECT DISTINCT subject, body_text, body_html FROM messages") == [
        ("Order 7", "For <b>.", "<p>For &lt;b&gt;.")
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({"name": "order"}, ("#/template/variables/number", "This variable is required.")),
        ({"name": "order", "variables": {"number": "7"}}, ("#/template/variables/number", "This must be a number.")),
        ({"name": "order", "variables": {"number": 7, "x/y": 1}}, ("#/template/variables/x~1y", "is not known")),
        ({"name": "order", "variables": {"number": 7, "to": "a\nb"}}, ("#/template/variables", "one line")),
        ({"name": "other"}, ("#/template/name", "There is no such template.")),
        ({"name": "order", "version": 2}, ("#/template/version", "There is no such version of this template.")),
    ],
)
def test_what_a_template_cannot_make_is_refused_before_anything_is_stored(
    client: FlaskClient,
    database: Database,
    authorization: dict[str, str],
    template: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    a_template(client, authorization, subject="Order {{ number }}{{ to if to != '<b>' }}")
    answer = client.post(URL, json={"to": PEOPLE, "template": template}, headers=authorization)

    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    pointer, detail = expected
    assert error["pointer"] == pointer
    assert detail in error["detail"]
    assert database.counts() == (0, 0)


def test_what_is_asked_of_the_database_does_not_grow_with_the_people(
    client: FlaskClient, authorization: dict[str, str]
) -> None:
    client.post(URL, json=BODY, headers=authorization)
    with counted_queries() as one:
        client.post(URL, json=BODY, headers=authorization)
    with counted_queries() as many:
        client.post(URL, json={**BODY, "to": [f"a{number}@example.com" for number in range(50)]}, headers=authorization)

    # Who asks; the message with its event and its tags; its job.
    assert (len(one), len(many)) == (3, 3)


def a_template(client: FlaskClient, authorization: dict[str, str], **changes: str) -> None:
    body = {
        "name": "order",
        "subject": "Order {{ number }}",
        "text": "For {{ to }}.",
        "html": "<p>For {{ to }}.",
        "variables": [{"name": "number", "type": "number"}, {"name": "to", "type": "string", "default": "<b>"}],
    }
    assert client.post("/api/v1/templates", json=body | changes, headers=authorization).status_code == 201
