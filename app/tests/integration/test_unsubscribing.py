"""One click on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.config import FeedbackSettings, RedisSettings
from mailroom.suppressions.unsubscribe_token import make
from support.databases import Database
from support.feedback import a_sent_message, client_with, listed, standing
from support.processes import eventually

KEYS = (b"n" * 32,)
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(database: Database, redis_settings: RedisSettings, registry: CollectorRegistry) -> Iterator[FlaskClient]:
    with client_with(FeedbackSettings(unsubscribe_keys=KEYS), database, redis_settings, registry) as client:
        yield client


@pytest.fixture
def message_id(database: Database) -> UUID:
    return a_sent_message(database, "m", "Ann@example.com", "delivered")


def click(client: FlaskClient, message_id: UUID) -> int:
    return client.post(f"/unsubscribe/{make(KEYS, message_id)}", data=CLICK).status_code


def test_a_click_suppresses_the_recipient_and_leaves_the_message_as_it_is(
    client: FlaskClient, database: Database, message_id: UUID, registry: CollectorRegistry
) -> None:
    assert [click(client, message_id) for _ in range(2)] == [200, 200]

    assert listed(database) == {"ann@example.com": "unsubscribe"}
    assert standing(database, message_id) == ("delivered", ["unsubscribed"])
    assert registry.get_sample_value("mailroom_suppressions_total", {"reason": "unsubscribe"}) == 1


def test_looking_at_the_page_changes_nothing(client: FlaskClient, database: Database, message_id: UUID) -> None:
    assert client.get(f"/unsubscribe/{make(KEYS, message_id)}").status_code == 200

    assert (listed(database), standing(database, message_id)) == ({}, ("delivered", []))


def test_two_clicks_at_the_same_instant_have_one_effect(
    client: FlaskClient, database: Database, message_id: UUID
) -> None:
    with database.connection() as holder, ThreadPoolExecutor(2) as threads:
        with holder.transaction():
            holder.execute("SELECT FROM messages WHERE id = %s FOR UPDATE", (message_id,))
            clicks = [threads.submit(click, client.application.test_client(), message_id) for _ in range(2)]
            eventually(database.has_a_waiter)
        statuses = [one.result() for one in clicks]

    assert statuses == [200, 200]
    assert (listed(database), standing(database, message_id)) == (
        {"ann@example.com": "unsubscribe"},
        ("delivered", ["unsubscribed"]),
    )


def test_a_link_of_a_message_that_is_gone_is_a_404(client: FlaskClient, database: Database) -> None:
    assert click(client, UUID(int=1)) == 404
    assert listed(database) == {}
