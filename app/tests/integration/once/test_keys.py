"""Idempotency-Key on a real database, also with two at the same instant."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.db.pool import Pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.errors import Conflict
from mailroom.idempotency.entities import Answer, RequestKey
from mailroom.idempotency.service import answer_once
from support.databases import Database
from support.once import BODY, URL, Ask
from support.processes import eventually

pytestmark = pytest.mark.usefixtures("allowed_all")
REUSED = "urn:mailroom:problem:idempotency-key-reused"


@contextmanager
def held(database: Database, statement: str) -> Iterator[None]:
    """Hold what a statement locks until the end of the block, then undo it."""
    with database.connection() as connection, connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
        yield


def test_the_same_request_gets_the_same_answer(ask: Ask, database: Database) -> None:
    first, second = ask(BODY, "k"), ask(dict(reversed(BODY.items())), "k")

    assert (first.status_code, second.status_code) == (202, 202)
    assert (second.data, second.headers["Location"]) == (first.data, first.headers["Location"])
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert database.counts() == (1, 1)


def test_the_same_key_with_another_body_is_refused(ask: Ask, database: Database) -> None:
    ask(BODY, "k")
    answer = ask({**BODY, "text": "Good night."}, "k")

    assert (answer.status_code, answer.get_json()["type"]) == (409, REUSED)
    assert "came with another request before" in answer.get_json()["detail"]
    assert database.counts() == (1, 1)


def test_the_same_key_for_another_operation_is_refused(ask: Ask) -> None:
    ask(BODY, "k")

    assert ask({"messages": [BODY]}, "k", "/api/v1/batches").get_json()["type"] == REUSED


def test_a_key_is_one_callers_own(ask: Ask, database: Database) -> None:
    ask(BODY, "k")
    database.rows("UPDATE idempotency_keys SET caller = 'key:99'")

    assert ask({**BODY, "text": "Good night."}, "k").status_code == 202


@pytest.mark.parametrize(("age", "made"), [("23 hours 59 minutes", 1), ("24 hours 1 minute", 2)])
def test_a_key_lives_for_a_day(ask: Ask, database: Database, age: str, made: int) -> None:
    body = {**BODY, "allow_repeat": True}
    ask(body, "k")
    database.rows(f"UPDATE idempotency_keys SET created_at = now() - interval '{age}'")
    ask(body, "k")

    assert database.counts() == (made, made)


def test_a_refused_request_is_not_remembered(ask: Ask, database: Database) -> None:
    earlier = ask(BODY).get_json()["id"]
    refused = ask(BODY, "k")
    database.rows("UPDATE messages SET state = 'cancelled' WHERE id = %s", earlier)

    assert (refused.status_code, ask(BODY, "k").status_code) == (409, 202)


def test_what_is_only_tried_is_not_remembered(ask: Ask, database: Database) -> None:
    ask({**BODY, "dry_run": True}, "k")

    assert database.rows("SELECT count(*) FROM idempotency_keys") == [(0,)]
    assert ask(BODY, "k").status_code == 202


@pytest.mark.parametrize("key", ["", "with space", "k" * 256, "schlüssel"])
def test_a_malformed_key_is_refused(ask: Ask, key: str) -> None:
    answer = ask(BODY, key)

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {"parameter": "Idempotency-Key", "detail": "This must be 1 to 255 visible ASCII characters."}
    ]


@pytest.mark.parametrize("url", [URL, "/api/v1/batches"])
def test_of_many_at_the_same_instant_one_is_done_and_all_get_its_answer(ask: Ask, database: Database, url: str) -> None:
    body = BODY if url == URL else {"messages": [BODY, {**BODY, "to": "bob@example.com"}]}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(body, "k", url), range(4)))

    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 3
    assert database.counts()[0] == (1 if url == URL else 2)


def test_the_second_waits_for_the_first_and_does_it_where_the_first_is_undone(ask: Ask, database: Database) -> None:
    ((caller,),) = database.rows("SELECT 'key:' || id FROM api_keys")
    claim = f"INSERT INTO idempotency_keys (caller, key, fingerprint) VALUES ('{caller}', 'k', sha256(''))"
    with ThreadPoolExecutor(1) as threads:
        with held(database, claim):
            second = threads.submit(ask, BODY, "k")
            eventually(database.has_a_waiter)
        answer = second.result()

    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (202, False)
    assert database.counts() == (1, 1)


# It begins with what it needs: no keys.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.booleans()), max_size=8))
def test_whatever_comes_under_whatever_keys_each_is_done_at_most_once(
    pool: Pool, steps: list[tuple[str, str, bool]]
) -> None:
    unit_of_work = units_of_work(pool, deferring_app())
    with pool.connection() as connection:
        connection.execute("DELETE FROM idempotency_keys")
    known: dict[str, tuple[str, str]] = {}
    done = 0
    for key, body, breaks in steps:
        asked = RequestKey("key:1", key, body.encode() * 32)

        def do(number: int = done, outcome: str = "breaks" if breaks else "ends") -> Answer:
            if outcome == "breaks":
                raise ZeroDivisionError
            return Answer(202, f'{{"b": {number}, "a": 1}}', f"/{number}")

        try:
            with unit_of_work() as work:
                answer = answer_once(work.idempotency, asked, do)
        except ZeroDivisionError:
            assert breaks
            assert key not in known
        except Conflict:
            assert known[key][0] != body
        else:
            assert answer.replayed == (key in known)
            expected = known.setdefault(key, (body, answer.body))
            assert (body, answer.body) == expected
            done += not answer.replayed
