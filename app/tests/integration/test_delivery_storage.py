"""What delivery asks of PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from mailroom.delivery.queue import ProcrastinateQueue, deferring_app
from mailroom.messages.entities import State
from mailroom.messages.repository import MessageRepository
from mailroom.suppressions.repository import SuppressionRepository
from support.databases import Database
from support.fakes import NOW, a_message

ID = a_message().id


@pytest.fixture
def messages(connection: Connection[Any]) -> MessageRepository:
    repository = MessageRepository(connection)
    repository.add(a_message())
    return repository


def stored(database: Database) -> tuple[Any, ...]:
    ((state, attempts, reason),) = database.rows("SELECT state, attempts, reason FROM messages")
    return state, attempts, reason


def test_an_address_is_looked_up_whatever_its_case(connection: Connection[Any]) -> None:
    connection.execute("INSERT INTO suppressions (address, reason) VALUES ('ann@example.com', 'complaint')")
    suppressions = SuppressionRepository(connection)

    assert suppressions.reason_against("Ann@Example.com") == "complaint"
    assert suppressions.reason_against("bob@example.com") is None


def test_a_suppressed_message_has_an_event_that_says_why(messages: MessageRepository, database: Database) -> None:
    messages.take(ID)
    messages.mark_suppressed(ID, "Because.")

    assert stored(database) == ("suppressed", 1, "Because.")
    assert database.rows("SELECT message_id, kind, detail FROM message_events WHERE kind = 'suppressed'") == [
        (ID, "suppressed", "Because.")
    ]
    assert messages.take(ID) is None


def test_an_attempt_is_given_back(messages: MessageRepository, database: Database) -> None:
    messages.take(ID)
    messages.take(ID)
    messages.give_back(ID, "Away.")

    assert stored(database) == ("queued", 1, "Away.")


def test_only_a_message_in_hand_is_given_back(messages: MessageRepository, database: Database) -> None:
    messages.take(ID)
    messages.mark_sent(ID, "x")
    messages.give_back(ID, "Away.")

    assert stored(database) == ("sent", 1, None)


def test_a_queued_message_notes_why_it_waits_and_any_other_doesnt(
    messages: MessageRepository, database: Database
) -> None:
    messages.note(ID, "Away.")
    assert stored(database) == ("queued", 0, "Away.")
    messages.take(ID)
    messages.note(ID, "Later.")

    assert stored(database) == ("sending", 1, "Away.")


def test_a_message_waits_since_it_was_accepted_or_due_or_queued_again_by_hand(
    messages: MessageRepository, connection: Connection[Any]
) -> None:
    found = [messages.waits_since(ID)]
    connection.execute("UPDATE messages SET send_at = %s", (NOW + timedelta(hours=1),))
    found.append(messages.waits_since(ID))
    assert found == [NOW, NOW + timedelta(hours=1)]

    messages.take(ID)
    messages.mark_failed(ID, "Because.")
    messages.retry(ID)
    again = messages.waits_since(ID)
    assert again is not None
    assert again > NOW + timedelta(hours=1)


def test_a_message_that_is_gone_waits_since_never(connection: Connection[Any]) -> None:
    assert MessageRepository(connection).waits_since(ID) is None


def test_workers_are_counted_while_they_are_heard_of(connection: Connection[Any]) -> None:
    queue = ProcrastinateQueue(deferring_app(), connection)
    assert queue.live_workers(30) == 0
    connection.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '29 s'),"
        " (now() - interval '31 s')"
    )

    assert queue.live_workers(30) == 1


def test_a_worker_that_has_registered_for_the_mail_alone_is_counted(connection: Connection[Any]) -> None:
    connection.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now()), (now())")

    assert ProcrastinateQueue(deferring_app(), connection).live_workers(30) == 2


def test_a_message_whose_job_was_taken_for_done_is_queued_once_more(connection: Connection[Any]) -> None:
    # What a worker of a release does that doesn't know scheduled messages: nothing, and the job is gone.
    messages, queue = MessageRepository(connection), ProcrastinateQueue(deferring_app(), connection)
    due = datetime.now(UTC) - timedelta(minutes=3)
    for number, send_at in enumerate([due, due, due + timedelta(hours=1)]):
        messages.add(replace(a_message(), id=UUID(int=number), state=State.SCHEDULED, send_at=send_at))
    queue.put_all([(UUID(int=1), "with-a-job", due)])

    assert messages.take_forgotten(10) == [(UUID(int=0), a_message().request_id)]
    assert messages.take_forgotten(10) == []
    assert connection.execute("SELECT state FROM messages ORDER BY id").fetchall() == [
        ("queued",),
        ("scheduled",),
        ("scheduled",),
    ]
