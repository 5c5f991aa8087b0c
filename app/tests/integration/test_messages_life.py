"""The life of a message on a real database: what may follow what, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.ids import new_message_id
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import FOLLOWS
from mailroom.messages.repository import MessageRepository
from support.databases import Database
from support.fakes import a_message
from support.processes import eventually

pytestmark = pytest.mark.usefixtures("allowed_all")
BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
URL = "/api/v1/messages"
Act = Callable[[MessageRepository, UUID], object]
# What can be done to a message, the state that it leads to, and the states that this way begins with.
WAYS: dict[str, tuple[Act, State, set[State]]] = {
    "sending": (lambda messages, one: messages.take(one), State.SENDING, set(State)),
    "sent": (lambda messages, one: messages.mark_sent(one, "provider-1"), State.SENT, set(State)),
    "postponed": (lambda messages, one: messages.mark_waiting(one, "later"), State.QUEUED, {State.SENDING}),
    "failed": (lambda messages, one: messages.mark_failed(one, "never"), State.FAILED, set(State)),
    "suppressed": (lambda messages, one: messages.mark_suppressed(one, "unwanted"), State.SUPPRESSED, set(State)),
    "cancelled": (lambda messages, one: messages.cancel(one), State.CANCELLED, set(State)),
    "retried": (lambda messages, one: messages.retry(one), State.QUEUED, {State.FAILED}),
}


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with open_pool(database.settings(), "test") as pool:
        yield units_of_work(pool, deferring_app())


@pytest.fixture
def key_id(database: Database) -> int:
    ((key_id,),) = database.rows("SELECT id FROM api_keys")
    return int(key_id)


def stored(unit_of_work: UnitOfWorkFactory, key_id: int) -> UUID:
    message = replace(a_message(), id=new_message_id(), api_key_id=key_id)
    with unit_of_work() as work:
        work.messages.add(message)
    return message.id


def look(unit_of_work: UnitOfWorkFactory, message_id: UUID) -> tuple[State, list[str]]:
    with unit_of_work() as work:
        found = work.messages.history(message_id)
    assert found is not None
    return found[0].state, [event.kind.value for event in found[1]]


@pytest.mark.parametrize("state", State)
def test_the_statements_and_the_lifecycle_say_the_same(
    unit_of_work: UnitOfWorkFactory, database: Database, key_id: int, state: State
) -> None:
    for name, (act, leads_to, begins_with) in WAYS.items():
        message_id = stored(unit_of_work, key_id)
        database.rows("UPDATE messages SET state = %s, send_at = now() WHERE id = %s", state.value, message_id)
        with unit_of_work() as work:
            act(work.messages, message_id)
        found, events = look(unit_of_work, message_id)

        may = leads_to in FOLLOWS[state] and state in begins_with
        assert found is (leads_to if may else state), name
        assert events == ["accepted", *([name] if may and name != "sending" else [])]


# Each begins with a message of its own.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(sorted(WAYS)), max_size=12))
def test_whatever_happens_a_message_follows_its_life_and_all_of_it_is_noted(
    unit_of_work: UnitOfWorkFactory, key_id: int, names: list[str]
) -> None:
    message_id = stored(unit_of_work, key_id)
    state, noted, taken = State.QUEUED, ["accepted"], 0
    for name in names:
        act, leads_to, begins_with = WAYS[name]
        with unit_of_work() as work:
            answer = act(work.messages, message_id)
        if leads_to in FOLLOWS[state] and state in begins_with:
            taken = 0 if name == "retried" else taken + (name == "sending")
            noted += [name] if name != "sending" else []
            state = leads_to
            assert name not in {"sending", "cancelled", "retried"} or answer
        else:
            assert not answer
        assert look(unit_of_work, message_id) == (state, noted)
    with unit_of_work() as work:
        message = work.messages.get(message_id)
    assert message is not None
    assert message.attempts == taken
    assert (message.provider_message_id, message.sent_at is None) == (
        ("provider-1", False) if "sent" in noted else (None, True)
    )


def test_a_message_that_is_cancelled_is_not_taken(
    client: FlaskClient, unit_of_work: UnitOfWorkFactory, authorization: dict[str, str]
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    answer = client.post(f"{location}/cancel", headers=authorization)

    assert (answer.status_code, answer.get_json()["state"]) == (200, "cancelled")
    with unit_of_work() as work:
        assert work.messages.take(UUID(answer.get_json()["id"])) is None


def test_a_scheduled_message_can_be_cancelled(client: FlaskClient, authorization: dict[str, str]) -> None:
    send_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    location = client.post(URL, json={**BODY, "send_at": send_at}, headers=authorization).headers["Location"]

    assert client.post(f"{location}/cancel", headers=authorization).get_json()["state"] == "cancelled"


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "cancelled", "delivered"])
def test_what_does_not_wait_cannot_be_cancelled_and_is_told_its_state(
    client: FlaskClient, database: Database, authorization: dict[str, str], state: str
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    database.rows("UPDATE messages SET state = %s", state)

    answer = client.post(f"{location}/cancel", headers=authorization)

    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:mailroom:problem:not-cancellable")
    assert answer.get_json()["detail"] == f"A message that is {state} can't be cancelled."
    assert answer.get_json()["state"] == state


def test_a_message_that_is_taken_while_it_is_cancelled_stays_taken(
    client: FlaskClient, unit_of_work: UnitOfWorkFactory, database: Database, authorization: dict[str, str]
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    message_id = UUID(location.rpartition("/")[2])
    with ThreadPoolExecutor(1) as threads:
        with unit_of_work() as work:
            assert work.messages.take(message_id)
            cancelling = threads.submit(client.post, f"{location}/cancel", headers=authorization)
            eventually(database.has_a_waiter)
        answer = cancelling.result()

    assert (answer.status_code, answer.get_json()["state"]) == (409, "sending")


def test_a_message_that_is_cancelled_while_it_is_taken_stays_cancelled(
    client: FlaskClient, unit_of_work: UnitOfWorkFactory, database: Database, authorization: dict[str, str]
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    message_id = UUID(location.rpartition("/")[2])

    def take() -> object:
        with unit_of_work() as work:
            return work.messages.take(message_id)

    with ThreadPoolExecutor(1) as threads:
        with unit_of_work() as work:
            assert work.messages.cancel(message_id)
            taking = threads.submit(take)
            eventually(database.has_a_waiter)
        assert taking.result() is None

    assert look(unit_of_work, message_id) == (State.CANCELLED, ["accepted", "cancelled"])


def test_a_failed_message_is_queued_again_and_keeps_its_history(
    client: FlaskClient, unit_of_work: UnitOfWorkFactory, database: Database, authorization: dict[str, str]
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    message_id = UUID(location.rpartition("/")[2])
    with unit_of_work() as work:
        work.messages.take(message_id)
        work.messages.mark_failed(message_id, "SES refused it")

    answer = client.post(f"{location}/retry", headers={**authorization, "X-Request-ID": "again-1"})

    assert (answer.status_code, answer.get_json()["state"]) == (200, "queued")
    shown = client.get(location, headers=authorization).get_json()
    assert (shown["attempts"], shown["reason"]) == (0, None)
    assert [(event["kind"], event["detail"]) for event in shown["events"]] == [
        ("accepted", None),
        ("failed", "SES refused it"),
        ("retried", None),
    ]
    assert database.rows("SELECT args ->> 'request_id' FROM procrastinate_jobs ORDER BY id")[1:] == [("again-1",)]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("state = 'queued'", "A message that is queued can't be sent again."),
        ("state = 'sent'", "A message that is sent can't be sent again."),
        ("state = 'failed', purged_at = now()", "A message whose bodies were removed can't be sent again."),
    ],
)
def test_what_has_not_failed_or_says_nothing_any_more_is_not_retried(
    client: FlaskClient, database: Database, authorization: dict[str, str], change: str, detail: str
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    database.rows(f"UPDATE messages SET {change}")

    answer = client.post(f"{location}/retry", headers=authorization)

    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:mailroom:problem:not-retryable")
    assert answer.get_json()["detail"] == detail
    assert database.counts() == (1, 1)


def test_two_retries_at_the_same_instant_queue_one_job(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    location = client.post(URL, json=BODY, headers=authorization).headers["Location"]
    database.rows("UPDATE messages SET state = 'failed'")
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: client.post(f"{location}/retry", headers=authorization), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert database.counts() == (1, 2)


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_changing_a_message_needs_leave_and_a_message(
    client: FlaskClient, database: Database, authorization: dict[str, str], action: str
) -> None:
    url = f"{URL}/00000000-0000-7000-8000-000000000000/{action}"
    missing = client.post(url, headers=authorization)
    database.rows("UPDATE api_keys SET scopes = '{messages:send,messages:read}'")
    forbidden = client.post(url, headers=authorization)

    assert (missing.status_code, missing.get_json()["type"]) == (404, "urn:mailroom:problem:message-not-found")
    assert (forbidden.status_code, forbidden.get_json()["permission"]) == (403, "messages:manage")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("state = 'queued', created_at = now() - interval '1 hour'", (1, 3600)),
        ("state = 'sending', created_at = now() - interval '1 hour'", (1, 3600)),
        ("state = 'queued', created_at = now() - interval '1 hour', send_at = now() - interval '1 minute'", (1, 60)),
        ("state = 'scheduled', created_at = now() - interval '1 hour', send_at = now() - interval '1 minute'", (1, 60)),
        ("state = 'scheduled', created_at = now() - interval '1 hour', send_at = now() + interval '1 minute'", (0, 0)),
        ("state = 'sent', created_at = now() - interval '1 hour'", (0, 0)),
    ],
)
def test_what_is_due_waits_since_it_was_due(
    unit_of_work: UnitOfWorkFactory, database: Database, key_id: int, change: str, expected: tuple[int, float]
) -> None:
    stored(unit_of_work, key_id)
    database.rows(f"UPDATE messages SET {change}")

    with unit_of_work() as work:
        found = work.messages.waiting()

    depth, age = expected
    assert found[0] == depth
    assert age <= found[1] < age + 30


def test_an_event_of_a_later_release_is_left_out(
    unit_of_work: UnitOfWorkFactory, database: Database, key_id: int
) -> None:
    message_id = stored(unit_of_work, key_id)
    database.rows("INSERT INTO message_events (message_id, kind) VALUES (%s, 'opened')", message_id)

    assert look(unit_of_work, message_id)[1] == ["accepted"]
