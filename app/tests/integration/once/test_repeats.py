"""Repeats of a mail on a real database, also with two at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from mailroom.db.pool import Pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.messages.acceptance import Limits
from mailroom.messages.entities import Draft
from mailroom.messages.service import MessageService
from support.databases import Database
from support.fakes import A_CALLER
from support.once import BODY, Ask

pytestmark = pytest.mark.usefixtures("allowed_all")
REPEATED = "urn:mailroom:problem:repeated-message"


def test_the_same_mail_to_the_same_person_is_refused_and_names_the_earlier(ask: Ask, database: Database) -> None:
    first = ask(BODY).get_json()["id"]
    answer = ask({**BODY, "to": "Ann@example.com", "tags": ["other"]})

    assert (answer.status_code, answer.get_json()["type"]) == (409, REPEATED)
    assert answer.get_json()["message_id"] == first
    assert "allow_repeat" in answer.get_json()["detail"]
    assert database.counts() == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "bob@example.com"},
        {"subject": "Hallo"},
        {"text": "Good night."},
        {"html": "<p>"},
        {"from": "me@example.com"},
        {"attachments": [{"filename": "a", "content_type": "text/plain", "content": "YQ=="}]},
        {"allow_repeat": True},
    ],
)
def test_another_mail_is_no_repeat(ask: Ask, change: dict[str, Any]) -> None:
    ask(BODY)

    assert ask({**BODY, **change}).status_code == 202


def test_after_the_window_it_is_no_repeat(ask: Ask, database: Database) -> None:
    ask(BODY)
    database.rows("UPDATE recent_mails SET accepted_at = now() - interval '599 s'")
    within = ask(BODY).status_code
    database.rows("UPDATE recent_mails SET accepted_at = now() - interval '601 s'")

    assert (within, ask(BODY).status_code, ask(BODY).status_code) == (409, 202, 409)


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_was_not_sent_may_be_asked_for_again(ask: Ask, database: Database, state: str) -> None:
    ask(BODY)
    database.rows("UPDATE messages SET state = %s", state)

    assert ask(BODY).status_code == 202


def test_of_a_list_with_one_repeat_nobody_gets_anything(ask: Ask, database: Database) -> None:
    first = ask(BODY).get_json()["id"]
    answer = ask({**BODY, "to": ["bob@example.com", "ann@example.com"]})

    assert answer.status_code == 409
    assert (answer.get_json()["message_id"], answer.get_json()["to"]) == (first, "ann@example.com")
    assert ask({**BODY, "to": "bob@example.com"}).status_code == 202
    assert database.counts() == (2, 2)


def test_two_of_the_same_at_the_same_instant_make_one_message(ask: Ask, database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(BODY), range(4)))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    (accepted,) = [answer.get_json()["id"] for answer in answers if answer.status_code == 202]
    assert {answer.get_json()["message_id"] for answer in answers if answer.status_code == 409} == {accepted}
    assert database.counts() == (1, 1)


def test_lists_in_opposite_orders_do_not_wait_for_each_other_forever(ask: Ask, database: Database) -> None:
    people = [f"a{number}@example.com" for number in range(20)]
    bodies = [{**BODY, "to": people}, {**BODY, "to": people[::-1]}] * 2
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, bodies))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert database.counts() == (20, 20)


def test_without_a_window_nothing_is_noted(pool: Pool, database: Database) -> None:
    ((key_id,),) = database.rows("SELECT id FROM api_keys")
    service = MessageService(
        units_of_work(pool, deferring_app()), "noreply@mailroom.test", lambda: None, Limits(repeat_window=0)
    )
    for _ in range(2):
        service.accept(Draft("ann@example.com", "Hello", "Good day."), replace(A_CALLER, id=str(key_id)), "r")

    assert database.rows("SELECT count(*) FROM recent_mails") == [(0,)]
