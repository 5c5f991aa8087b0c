"""POST /api/v1/messages with `dry_run` on a real database: all of it is done, and nothing of it stays."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from support.databases import Database

BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day.", "dry_run": True}
URL = "/api/v1/messages"


def test_a_valid_message_is_told_so_and_leaves_nothing(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json=BODY, headers={**authorization, "X-Request-ID": "probe-1"})

    assert answer.status_code == 200
    assert answer.get_json() == {
        "state": "valid",
        "to": "ann@example.com",
        "from": "noreply@mailroom.test",
        "subject": "Hello",
        "request_id": "probe-1",
    }
    assert "Location" not in answer.headers
    assert database.counts() == (0, 0)
    assert database.rows("SELECT count(*) FROM procrastinate_events") == [(0,)]


def test_both_statements_are_carried_out_before_they_are_undone(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    # Sequences are outside of transactions: a job that was queued and undone has used a number up.
    client.post(URL, json=BODY, headers=authorization)
    client.post(URL, json={**BODY, "dry_run": False}, headers=authorization)

    assert database.counts() == (1, 1)
    assert database.rows("SELECT id FROM procrastinate_jobs") == [(2,)]


@pytest.mark.parametrize(
    "breakage",
    [
        pytest.param("ALTER FUNCTION procrastinate_defer_jobs_v1 RENAME TO gone", id="the queue"),
        pytest.param("ALTER TABLE messages RENAME COLUMN subject TO renamed", id="the messages"),
        pytest.param("REVOKE INSERT ON messages FROM {service}", id="a right"),
    ],
)
def test_what_would_keep_a_message_from_being_accepted_is_found_out(
    client: FlaskClient, database: Database, authorization: dict[str, str], breakage: str
) -> None:
    database.rows(breakage.format(service=database.service))

    assert client.post(URL, json=BODY, headers=authorization).status_code >= 500
    assert client.post(URL, json={**BODY, "dry_run": False}, headers=authorization).status_code >= 500


def test_a_wrong_message_is_refused_as_ever(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={**BODY, "to": "not an address"}, headers=authorization)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["#/to"]
    assert database.counts() == (0, 0)


def test_it_needs_a_key_as_ever(client: FlaskClient) -> None:
    assert client.post(URL, json=BODY).status_code == 401


def test_a_message_after_it_on_the_same_connection_is_stored(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    for _ in range(5):
        client.post(URL, json=BODY, headers=authorization)

    assert client.post(URL, json={**BODY, "dry_run": False}, headers=authorization).status_code == 202
    assert database.counts() == (1, 1)
