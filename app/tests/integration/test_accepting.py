"""POST /api/v1/messages on a real database: both stored and queued, or neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.messages.entities import Draft
from mailroom.messages.service import MessageService
from support.databases import Database
from support.fakes import A_CALLER

BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
URL = "/api/v1/messages"


def test_an_accepted_message_is_stored_and_queued_with_its_request_id(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json=BODY, headers={**authorization, "X-Request-ID": "from-nginx-1"})

    assert answer.status_code == 202
    message_id = answer.get_json()["id"]
    assert answer.headers["Location"] == f"{URL}/{message_id}"
    assert database.rows("SELECT id::text, state, request_id FROM messages") == [(message_id, "queued", "from-nginx-1")]
    assert database.rows("SELECT task_name, queue_name, args FROM procrastinate_jobs") == [
        ("mailroom.deliver", "delivery", {"message_id": message_id, "request_id": "from-nginx-1"})
    ]


def test_the_location_shows_the_message(client: FlaskClient, authorization: dict[str, str]) -> None:
    location = client.post(URL, json={**BODY, "html": "<p>"}, headers=authorization).headers["Location"]

    shown = client.get(location, headers=authorization)

    assert shown.status_code == 200
    assert {name: shown.get_json()[name] for name in ("state", "to", "from", "subject", "attempts", "reason")} == {
        "state": "queued",
        "to": "ann@example.com",
        "from": "noreply@mailroom.test",
        "subject": "Hello",
        "attempts": 0,
        "reason": None,
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"to": "not an address"}, id="malformed address"),
        pytest.param({"to": 1}, id="wrong type"),
        pytest.param({"subject": "two\nlines"}, id="header injection"),
        pytest.param({"cc": "bob@example.com"}, id="unknown field"),
        pytest.param({"text": "\x00"}, id="what PostgreSQL can't store"),
        pytest.param({"text": "\ud800"}, id="what UTF-8 can't carry"),
    ],
)
def test_a_refused_message_leaves_nothing_behind(
    client: FlaskClient, database: Database, authorization: dict[str, str], change: dict[str, Any]
) -> None:
    answer = client.post(URL, json={**BODY, **change}, headers=authorization)

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"#/{name}" for name in change]
    assert database.counts() == (0, 0)


def test_when_the_job_cannot_be_queued_the_message_is_not_stored(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    database.rows("ALTER FUNCTION procrastinate_defer_jobs_v1 RENAME TO gone")

    answer = client.post(URL, json=BODY, headers=authorization)

    assert answer.status_code == 503
    assert answer.get_json()["detail"] == "The service can't reach its storage. Nothing was stored: try again."
    assert database.counts() == (0, 0)


def test_a_failure_after_both_were_written_leaves_neither(database: Database) -> None:
    accepted: list[None] = []
    with open_pool(database.settings(), "test") as pool:
        unit_of_work = units_of_work(pool, deferring_app())
        service = MessageService(unit_of_work, "noreply@mailroom.test", lambda: accepted.append(None))
        draft = Draft("ann@example.com", "Hello", "Good day.")
        ((api_key_id,),) = database.rows("SELECT id FROM api_keys")
        service.accept(draft, replace(A_CALLER, id=str(api_key_id)), "r")
        before = database.counts()

        # A foreign key that doesn't hold fails at the insert; a deferred one would fail at the commit.
        database.rows("ALTER TABLE messages ALTER CONSTRAINT messages_api_key_id_fkey DEFERRABLE INITIALLY DEFERRED")
        with pytest.raises(Exception, match="messages_api_key_id_fkey"):
            service.accept(replace(draft, text="Good night."), replace(A_CALLER, id=str(api_key_id + 1)), "r")

    assert before == (1, 1)
    assert database.counts() == before
    assert len(accepted) == 1


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer unknown-key-0123456789-0123456789"}])
def test_without_a_known_key_nothing_is_stored(client: FlaskClient, database: Database, header: dict[str, str]) -> None:
    answer = client.post(URL, json=BODY, headers=header)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="mailroom"'
    assert database.counts() == (0, 0)


def test_an_unknown_message_is_not_found(client: FlaskClient, authorization: dict[str, str]) -> None:
    answer = client.get(f"{URL}/00000000-0000-7000-8000-000000000000", headers=authorization)

    assert answer.status_code == 404
    assert answer.get_json()["detail"] == "There is no message of this id."


def test_an_internal_error_shows_only_the_request_id(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    database.rows("ALTER TABLE messages RENAME COLUMN subject TO renamed")

    answer = client.post(URL, json=BODY, headers={**authorization, "X-Request-ID": "find-me"})

    assert answer.status_code == 500
    assert answer.get_json() == {
        "type": "urn:mailroom:problem:internal-error",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something broke here. Quote the request_id when you report it.",
        "instance": URL,
        "request_id": "find-me",
    }


def test_texts_are_stored_as_they_came(client: FlaskClient, database: Database, authorization: dict[str, str]) -> None:
    text = "'; DROP TABLE messages; -- %s %(id)s \U0001f600 \r\n\t"

    client.post(URL, json={**BODY, "text": text}, headers=authorization)

    assert database.rows("SELECT body_text FROM messages") == [(text,)]
