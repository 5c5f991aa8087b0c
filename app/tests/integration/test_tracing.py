"""Traces of web and worker, as a collector gets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from mailroom.app import create_app
from mailroom.config import RedisSettings, WebSettings
from mailroom.delivery.queue import ProcrastinateQueue, deferring_app
from mailroom.ids import new_message_id
from mailroom.messages.repository import MessageRepository
from mailroom.tracing.tracer import traceparent_in_hand
from support.databases import Database
from support.fakes import a_message
from support.processes import eventually
from support.traces import Collector, collecting
from support.workers import StartWorker

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
MESSAGE = {"to": "private.person@mailroom.test", "subject": "Hello", "text": "Good day."}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def test_a_request_is_one_trace_from_its_caller_to_each_statement(
    collector: Collector, database: Database, redis_settings: RedisSettings, authorization: dict[str, str]
) -> None:
    settings = WebSettings(database.settings(), redis_settings, "a@mailroom.test", 65536, tracing=collector.url)
    app = create_app(settings, CollectorRegistry())
    headers = {**authorization, "traceparent": PARENT, "X-Request-ID": "followed-1"}

    assert app.test_client().post("/api/v1/messages", json=MESSAGE, headers=headers).status_code == 202
    app.extensions["mailroom.close"]()

    (request,) = collector.named("mailroom-web", "POST /api/v1/messages")
    assert (request.trace, request.parent) == (TRACE, PARENT[36:52])
    assert request.attributes["http.response.status_code"] == "202"
    assert request.attributes["mailroom.request_id"] == "followed-1"
    statements = collector.named("mailroom-web", "WITH message AS ( INSERT INTO messages")
    assert [statement.trace for statement in statements] == [TRACE]
    assert "private.person" not in str(collector.spans)


def test_a_delivery_belongs_to_the_trace_that_its_job_carries(
    collector: Collector, database: Database, start_worker: StartWorker
) -> None:
    message = replace(a_message(), id=new_message_id(), recipient="private.person@mailroom.test")
    before = traceparent_in_hand.set(PARENT)
    try:
        with database.connection(database.service) as connection, connection.transaction():
            MessageRepository(connection).add(message)
            ProcrastinateQueue(deferring_app(), connection, 3).put(message.id, "followed-1")
    finally:
        traceparent_in_hand.reset(before)

    start_worker(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100")

    eventually(lambda: len(collector.named("mailroom-worker", "deliver")) == 1)
    (delivery,) = collector.named("mailroom-worker", "deliver")
    (call,) = collector.named("mailroom-worker", "send")
    assert (delivery.trace, delivery.parent, call.trace) == (TRACE, PARENT[36:52], TRACE)
    assert delivery.attributes["mailroom.request_id"] == "followed-1"
    assert call.attributes["mailroom.message_id"] == str(message.id)
    assert "private.person" not in str(collector.spans)


def test_a_collector_that_is_away_holds_up_no_request_and_no_end(
    database: Database, redis_settings: RedisSettings, authorization: dict[str, str]
) -> None:
    settings = WebSettings(database.settings(), redis_settings, "a@mailroom.test", 65536, tracing="http://127.0.0.1:9")
    app = create_app(settings, CollectorRegistry())

    assert app.test_client().post("/api/v1/messages", json=MESSAGE, headers=authorization).status_code == 202
    app.extensions["mailroom.close"]()
