"""What else is removed on a real database when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.upkeep.entities import Rest
from support.databases import Database
from support.mail import add_event, add_message
from support.upkeep import AGES, ANCIENT, NOW, OLD, purge, purging

# How old each may become, where its time stands, and how three of it are stored.
TIMED = {
    Rest.IDEMPOTENCY_KEYS: (
        timedelta(hours=24),
        "idempotency_keys",
        "created_at",
        "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at) SELECT n, n, sha256('a'), %s",
    ),
    Rest.RECENT_MAILS: (
        timedelta(days=7),
        "recent_mails",
        "accepted_at",
        "INSERT INTO recent_mails SELECT sha256(n::bytea), gen_random_uuid(), %s",
    ),
    Rest.SES_NOTICES: (timedelta(days=7), "ses_notices", "taken_at", "INSERT INTO ses_notices SELECT n, %s"),
}


@pytest.mark.parametrize("rest", list(TIMED))
def test_what_has_a_time_goes_when_it_is_over(work: UnitOfWorkFactory, database: Database, rest: Rest) -> None:
    age, table, column, store = TIMED[rest]
    database.rows(f"{store} FROM unnest('{{1,2,3}}'::text[]) AS n", datetime.now(UTC) - age + timedelta(minutes=1))
    early = purge(work)
    database.rows(f"UPDATE {table} SET {column} = {column} - interval '2 minutes'")

    assert early == {}
    assert purge(work) == {rest: 3}
    assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_logins_go_with_their_tokens_when_they_have_expired(work: UnitOfWorkFactory, database: Database) -> None:
    database.rows("INSERT INTO users (email, name, role, password_hash) VALUES ('a@a.test', 'A', 'viewer', 'x')")
    for end in ("now() - interval '1 minute'", "now() + interval '1 minute'"):
        database.rows(
            "WITH family AS (INSERT INTO refresh_families (id, user_id, expires_at) "
            f"SELECT gen_random_uuid(), id, {end} FROM users RETURNING id) "
            "INSERT INTO refresh_tokens (token_hash, family_id) SELECT sha256(id::text::bytea), id FROM family"
        )

    assert purge(work) == {Rest.LOGINS: 1}
    assert database.rows("SELECT count(*), bool_and(expires_at > now()) FROM refresh_families") == [(1, True)]
    assert database.rows("SELECT count(*) FROM refresh_tokens") == [(1,)]


def test_the_top_of_old_days_and_weeks_goes_and_that_of_months_and_years_stays(
    work: UnitOfWorkFactory, database: Database
) -> None:
    database.rows(
        "INSERT INTO statistics_top SELECT unit, (now() AT TIME ZONE 'UTC')::date - days, 'sender', 'a@a.test', 1 "
        "FROM unnest('{day,week,month,year}'::text[]) AS unit, unnest('{99,101}'::int[]) AS days"
    )

    assert purge(work) == {Rest.TOP: 2}
    assert database.rows("SELECT unit, count(*) FROM statistics_top GROUP BY unit ORDER BY unit") == [
        ("day", 1), ("month", 2), ("week", 1), ("year", 2)
    ]  # fmt: skip


def test_jobs_that_ended_long_ago_go_and_those_that_wait_stay(work: UnitOfWorkFactory, database: Database) -> None:
    for status in ("todo", "failed", "cancelled", "aborted"):
        for age in (29, 31):
            ((job,),) = database.rows(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) "
                "VALUES ('delivery', 'x', %s::procrastinate_job_status) RETURNING id",
                status,
            )
            database.rows("DELETE FROM procrastinate_events WHERE job_id = %s", job)
            for more in (0, 5):
                database.rows(
                    "INSERT INTO procrastinate_events (job_id, type, at) "
                    "VALUES (%s, 'deferred', now() - make_interval(days => %s))",
                    job,
                    age + more,
                )

    assert purge(work) == {Rest.JOBS: 3}
    assert database.rows("SELECT status, count(*) FROM procrastinate_jobs GROUP BY status ORDER BY status") == [
        ("todo", 2), ("failed", 1), ("cancelled", 1), ("aborted", 1)
    ]  # fmt: skip


def test_a_kind_that_cannot_be_removed_does_not_stop_the_others(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    add_message(connection, created_at=OLD)
    database.rows("ALTER TABLE message_events RENAME TO gone")

    done = purging(work).purge()

    assert [one.rest for one in done if one.failed] == [Rest.EVENTS]
    assert [(one.rest, one.removed) for one in done if one.removed] == [(Rest.BODIES, 1)]


def test_what_is_overdue_is_measured(work: UnitOfWorkFactory, connection: Connection[Any], database: Database) -> None:
    add_message(connection, created_at=OLD)
    add_message(connection, created_at=ANCIENT, state="queued")
    add_event(connection, add_message(connection, created_at=NOW), "sent", ANCIENT)
    database.rows("UPDATE statistics_progress SET folded_to = 1000, folded_at = now() - interval '1 hour'")
    database.rows("INSERT INTO ses_notices VALUES ('a', now() - interval '8 days'), ('b', now())")
    database.rows("INSERT INTO idempotency_keys VALUES ('a', 'b', sha256('a'), 200, NULL, NULL, now())")
    database.rows("INSERT INTO statistics_top VALUES ('day', current_date - 110, 'sender', 'a@a.test', 1)")

    with work() as unit:
        measures = unit.rests.measures(AGES)

    day = timedelta(days=1).total_seconds()
    overdue = {rest: seconds / day for rest, seconds in measures.overdue.items()}
    assert overdue[Rest.BODIES] == pytest.approx(1, abs=0.01)
    assert overdue[Rest.EVENTS] == pytest.approx(1, abs=0.01)
    assert overdue[Rest.SES_NOTICES] == pytest.approx(1, abs=0.01)
    assert 8 <= overdue[Rest.TOP] <= 11
    assert [overdue[rest] for rest in (Rest.IDEMPOTENCY_KEYS, Rest.RECENT_MAILS, Rest.LOGINS)] == [0, 0, 0]
    assert measures.statistics_age == pytest.approx(3600, abs=60)


def test_who_logged_in_within_a_day_is_active(work: UnitOfWorkFactory, database: Database) -> None:
    for name, last in (("a", "now()"), ("b", "now() - interval '23 hours'"), ("c", "now() - interval '25 hours'")):
        database.rows(
            "INSERT INTO users (email, name, role, password_hash, last_login_at) "
            f"VALUES ('{name}@a.test', 'A', 'viewer', 'x', {last})"
        )
    database.rows("INSERT INTO users (email, name, role, password_hash) VALUES ('d@a.test', 'A', 'viewer', 'x')")

    with work() as unit:
        assert unit.rests.measures(AGES).users_active == 2
