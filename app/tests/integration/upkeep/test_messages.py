"""What is removed of old messages on a real database: what goes, what stays, what somebody has in hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.upkeep.entities import Rest
from support.databases import Database
from support.mail import add_event, add_message
from support.upkeep import ANCIENT, NOW, OLD, YOUNG, attach, fold, purge, purging


def test_the_bodies_of_old_messages_go_and_all_else_of_them_stays(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    old = [add_message(connection, created_at=OLD, tags=["a"]) for _ in range(5)]
    young = add_message(connection, created_at=YOUNG)

    assert purge(work) == {Rest.BODIES: 5}

    assert database.rows(
        "SELECT DISTINCT body_text, body_html, headers, subject, recipient, tags FROM messages WHERE id = ANY(%s)", old
    ) == [("", None, {}, "Hello", "ann@example.com", ["a"])]
    assert database.rows("SELECT count(*) FROM messages WHERE now() - purged_at < interval '1 minute'") == [(5,)]
    assert database.rows("SELECT body_text, body_html, headers, purged_at FROM messages WHERE id = %s", young) == [
        ("Good day.", "<p>", {"X-A": "b"}, None)
    ]
    assert purge(work) == {}


@pytest.mark.parametrize("state", ["scheduled", "queued", "sending"])
def test_what_is_still_to_be_sent_keeps_its_body(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database, state: str
) -> None:
    message = add_message(connection, created_at=ANCIENT, state=state)
    attach(connection, message)
    over = add_message(connection, created_at=OLD, state="failed")

    assert purge(work) == {Rest.BODIES: 1}
    assert database.rows("SELECT id FROM messages WHERE purged_at IS NULL") == [(message,)]
    assert database.rows("SELECT id FROM messages WHERE purged_at IS NOT NULL") == [(over,)]
    assert database.rows("SELECT count(*) FROM attachments") == [(1,)]


def test_the_time_of_a_scheduled_message_counts_from_when_it_was_to_be_sent(
    work: UnitOfWorkFactory, connection: Connection[Any]
) -> None:
    add_message(connection, created_at=ANCIENT, send_at=YOUNG)

    assert purge(work) == {}


def test_what_somebody_has_in_hand_is_left_to_the_next_run(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    retried, other = (add_message(connection, created_at=OLD, state="failed") for _ in range(2))
    with database.connection(database.service) as by_hand, by_hand.transaction():
        by_hand.execute("UPDATE messages SET state = 'queued' WHERE id = %s", (retried,))
        assert {one.rest: one.removed for one in purging(work).purge() if one.removed} == {Rest.BODIES: 1}

    assert purge(work) == {}
    assert database.rows("SELECT id FROM messages WHERE purged_at IS NOT NULL") == [(other,)]


def test_two_that_purge_at_once_remove_all_and_nothing_twice(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    for _ in range(40):
        add_message(connection, created_at=OLD)

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(purging(work, batch=3).purge) for _ in range(2)]
        removed = [one.removed for each in done for one in each.result(30) if one.rest is Rest.BODIES]
    rest = purge(work).get(Rest.BODIES, 0)

    assert sum(removed) + rest == 40
    assert database.rows("SELECT count(*) FROM messages WHERE purged_at IS NULL") == [(0,)]


def test_an_attachment_goes_with_the_last_message_that_has_it(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    old, other = (add_message(connection, created_at=OLD) for _ in range(2))
    young = add_message(connection, created_at=YOUNG)
    attach(connection, old)
    attach(connection, old, other)
    shared = attach(connection, old, young)

    assert purge(work) == {Rest.BODIES: 2, Rest.ATTACHMENTS: 2}

    assert database.rows("SELECT id FROM attachments") == [(shared,)]
    assert database.rows("SELECT message_id, attachment_id FROM message_attachments") == [(young, shared)]


def test_every_attachment_is_looked_at_in_batches(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    young = [add_message(connection, created_at=YOUNG) for _ in range(7)]
    for message in young:
        attach(connection, message)
        attach(connection)

    assert purge(work) == {Rest.ATTACHMENTS: 7}
    assert database.rows("SELECT count(*) FROM attachments") == [(7,)]


def test_old_events_go_once_they_are_folded_and_their_counts_stay(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection, created_at=NOW)
    for happened_at in (ANCIENT, ANCIENT, ANCIENT, NOW):
        add_event(connection, message, "sent", happened_at)
    before = purge(work)
    fold(work)
    add_event(connection, message, "sent", ANCIENT)

    after = purge(work)

    # The top of that old day goes with them.
    assert (before, after[Rest.EVENTS]) == ({}, 3)
    assert database.rows("SELECT count(*) FROM message_events") == [(2,)]
    fold(work)
    assert database.rows("SELECT sum(count) FROM statistics_days WHERE dimension = 'all'") == [(5,)]


def test_events_between_folds_and_purges_are_counted_once(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection, created_at=NOW)
    for _ in range(5):
        for _ in range(3):
            add_event(connection, message, "sent", ANCIENT)
        purge(work)
        fold(work)

    assert database.rows("SELECT sum(count) FROM statistics_days WHERE dimension = 'all'") == [(15,)]
