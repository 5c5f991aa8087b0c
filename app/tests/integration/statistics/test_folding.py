"""Folding events into counts on a real database: what counts where, and how far."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.statistics.folding import Folded, FoldingPace
from support.databases import Database
from support.folding import all_counted, counted, folding
from support.mail import NOON, add_event, add_message, work_on


def test_an_event_is_counted_in_all_by_its_tags_and_by_the_recipients_domain(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection, "Ann@EXAMPLE.com", tags=["welcome", "de"])
    add_event(connection, message, "accepted")

    assert folding(work).fold() == Folded(1, complete=True)

    assert database.rows("SELECT day, dimension, key, kind, count FROM statistics_days ORDER BY 2, 3") == [
        (NOON.date(), "all", "", "accepted", 1),
        (NOON.date(), "domain", "example.com", "accepted", 1),
        (NOON.date(), "tag", "de", "accepted", 1),
        (NOON.date(), "tag", "welcome", "accepted", 1),
    ]


def test_a_domain_follows_the_last_at_sign(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    add_event(connection, add_message(connection, '"a@b"@example.com'), "sent")

    folding(work).fold()

    assert database.rows("SELECT key FROM statistics_days WHERE dimension = 'domain'") == [("example.com",)]


def test_a_message_is_counted_on_the_day_in_utc_on_which_it_happened(
    connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    database.rows(f"ALTER ROLE {database.service} SET timezone = 'Pacific/Auckland'")
    add_event(connection, message, "sent", datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC))
    add_event(connection, message, "sent", datetime(2026, 3, 5, 0, 0, 0, tzinfo=UTC))

    with work_on(database) as elsewhere:
        folding(elsewhere).fold()
    database.rows(f"ALTER ROLE {database.service} RESET timezone")

    assert all_counted(database) == {(date(2026, 3, 4), "sent"): 1, (date(2026, 3, 5), "sent"): 1}
    assert database.rows("SELECT starts_on::text FROM statistics_top WHERE unit = 'day' ORDER BY 1") == [
        ("2026-03-04",), ("2026-03-04",), ("2026-03-05",), ("2026-03-05",)
    ]  # fmt: skip


def test_what_was_sent_counts_for_sender_and_recipient_in_every_unit(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection, "Ann@Example.com", sender='"Mail, Room" <NoReply@Mailroom.test>')
    add_event(connection, message, "accepted")
    add_event(connection, message, "sent")

    folding(work).fold()

    assert database.rows("SELECT unit, starts_on::text, role, address, count FROM statistics_top ORDER BY 1, 3") == [
        ("day", "2026-03-04", "recipient", "ann@example.com", 1),
        ("day", "2026-03-04", "sender", "noreply@mailroom.test", 1),
        ("month", "2026-03-01", "recipient", "ann@example.com", 1),
        ("month", "2026-03-01", "sender", "noreply@mailroom.test", 1),
        ("week", "2026-03-02", "recipient", "ann@example.com", 1),
        ("week", "2026-03-02", "sender", "noreply@mailroom.test", 1),
        ("year", "2026-01-01", "recipient", "ann@example.com", 1),
        ("year", "2026-01-01", "sender", "noreply@mailroom.test", 1),
    ]


def test_what_was_folded_is_added_to_and_never_counted_again(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    add_event(connection, message, "sent")
    folding(work).fold()
    add_event(connection, message, "sent")

    assert [folding(work).fold().events for _ in range(2)] == [1, 0]
    assert counted(database) == 2


def test_days_off_are_caught_up_in_batches(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    for _ in range(25):
        add_event(connection, message, "sent")
    slow = folding(work, FoldingPace(batch=4, batches=3, patience=0))

    assert [slow.fold() for _ in range(3)] == [
        Folded(12, complete=False), Folded(12, complete=False), Folded(1, complete=True)
    ]  # fmt: skip
    assert counted(database) == 25


def test_as_of_moves_only_when_all_events_before_it_are_counted(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    database.rows("UPDATE statistics_progress SET folded_at = %s", long_ago)
    message = add_message(connection)
    for _ in range(3):
        add_event(connection, message, "sent")
    as_of = "SELECT folded_at FROM statistics_progress"

    folding(work, FoldingPace(batch=2, batches=1, patience=0)).fold()
    behind = database.rows(as_of)
    ((before,),) = database.rows("SELECT now()")
    folding(work).fold()

    assert behind == [(long_ago,)]
    ((complete,),) = database.rows(as_of)
    assert before <= complete <= database.rows("SELECT now()")[0][0]
