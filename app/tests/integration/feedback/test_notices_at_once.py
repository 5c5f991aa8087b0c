"""Notices of SES on a real database: all of one or nothing, once each, whatever happens beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from mailroom.errors import StorageUnavailable
from mailroom.feedback.entities import Outcome
from mailroom.feedback.service import FeedbackService
from support.databases import Database
from support.feedback import a_sent_message, listed, standing
from support.notices import _waiters, from_sns, post, take
from support.processes import eventually
from support.sns import (
    MAIL_ID,
    bounce,
    complaint,
    delivery,
)
from support.sns_server import SimulatedSns


def test_a_report_before_the_worker_recorded_the_message_is_a_503_and_taken_in_when_it_comes_again(
    client: FlaskClient, database: Database, sns: SimulatedSns
) -> None:
    message_id = a_sent_message(database, None, state="sending")
    told = bounce(when=datetime.now(UTC) + timedelta(minutes=10))
    notice = from_sns(sns, told)
    answer = post(client, notice)
    before = standing(database, message_id), listed(database), database.rows("SELECT id FROM ses_notices")
    database.rows(
        "UPDATE messages SET state = 'sent', provider_message_id = %s WHERE id = %s",
        told["mail"]["messageId"],
        message_id,
    )

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert before == (("sending", []), {"ann@example.com": "bounce"}, [])
    assert post(client, notice).get_json() == {"outcome": "applied"}
    assert standing(database, message_id) == ("bounced", ["bounced"])


def test_when_a_statement_fails_nothing_of_the_notice_stays_and_it_can_come_again(
    client: FlaskClient, database: Database, sns: SimulatedSns
) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    notice = from_sns(sns, bounce(when=datetime.now(UTC)))
    database.rows("ALTER TABLE suppressions RENAME TO gone")
    failed = post(client, notice)
    before = standing(database, message_id), database.rows("SELECT id FROM ses_notices")
    database.rows("ALTER TABLE gone RENAME TO suppressions")

    assert (failed.status_code, before) == (500, (("sent", []), []))
    assert post(client, notice).get_json() == {"outcome": "applied"}


def test_two_of_the_same_notice_at_the_same_instant_have_one_effect(
    database: Database, service: FeedbackService
) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    with database.connection() as holder, ThreadPoolExecutor(2) as threads:
        with holder.transaction():
            holder.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", (message_id,))
            first = threads.submit(take, service, bounce(), "one")
            eventually(database.has_a_waiter)
            second = threads.submit(take, service, bounce(), "one")
            eventually(lambda: _waiters(database) == 2)
        outcomes = {first.result(), second.result()}

    assert outcomes == {Outcome.APPLIED, Outcome.REPEATED}
    assert standing(database, message_id) == ("bounced", ["bounced"])


def test_when_the_first_of_two_fails_the_second_takes_its_place(database: Database, service: FeedbackService) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    with database.connection() as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("BEGIN")
        holder.execute("INSERT INTO ses_notices (id) VALUES ('one')")
        second = threads.submit(take, service, bounce(), "one")
        eventually(database.has_a_waiter)
        holder.execute("ROLLBACK")

        assert second.result() is Outcome.APPLIED
    assert standing(database, message_id) == ("bounced", ["bounced"])


def test_a_bounce_and_a_complaint_at_the_same_instant_are_both_noted_and_the_graver_stays(
    database: Database, service: FeedbackService
) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    with database.connection() as holder, ThreadPoolExecutor(2) as threads:
        with holder.transaction():
            holder.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", (message_id,))
            both = [threads.submit(take, service, told, told["notificationType"]) for told in (bounce(), complaint())]
            eventually(lambda: _waiters(database) == 2)
        outcomes = {one.result() for one in both}
    state, events = standing(database, message_id)

    assert outcomes == {Outcome.APPLIED, Outcome.NOTED}
    assert (state, sorted(events)) == (events[0], ["bounced", "complained"])
    assert listed(database) == {"ann@example.com": "complaint"}


def test_a_message_that_is_held_too_long_lets_sns_come_again(database: Database, service: FeedbackService) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    with database.connection() as holder, holder.transaction():
        holder.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", (message_id,))
        with pytest.raises(StorageUnavailable, match="LockNotAvailable"):
            take(service, delivery(), "one")

    assert take(service, delivery(), "one") is Outcome.APPLIED


def test_a_message_is_found_by_its_index(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT id FROM messages WHERE provider_message_id = 'x' ORDER BY id LIMIT 1 FOR NO KEY UPDATE"
        ).fetchall()

    assert "messages_by_provider_id" in str(plan)
