"""Limits of the whole service, with a real Redis that comes and goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from mailroom.app import create_app
from mailroom.config import LimitSettings, RedisSettings, WebSettings
from mailroom.ratelimits.entities import Limit, Rate
from support.databases import Database
from support.processes import eventually
from support.redis_process import RedisProcess

URL = "/api/v1/messages/00000000-0000-7000-8000-000000000000"
READS, FAILURES = 6, 4
# Longer than a busy machine keeps Redis waiting; as short as a test can wait for one that hangs.
PATIENCE, SHORT_PATIENCE = 30.0, 2.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One process of the service, and its metrics."""

    app: Flask
    registry: CollectorRegistry
    authorization: dict[str, str]

    def ask(self, headers: dict[str, str] | None = None, address: str = "192.0.2.1", path: str = URL) -> TestResponse:
        sent = {"X-Forwarded-For": address, **(self.authorization if headers is None else headers)}
        return self.app.test_client().get(path, headers=sent)

    def statuses(self, times: int, headers: dict[str, str] | None = None) -> list[int]:
        return [self.ask(headers).status_code for _ in range(times)]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    def is_degraded(self) -> bool:
        return self.metric("mailroom_limits_degraded") == 1

    def readiness(self) -> tuple[int, str]:
        answer = self.ask(path="/health/ready")
        return answer.status_code, answer.get_json()["checks"]["redis"]["status"]


Make = Callable[..., Instance]


@pytest.fixture
def make(database: Database, server: RedisProcess, authorization: dict[str, str]) -> Iterator[Make]:
    rates: dict[Limit, Rate | None] = {Limit.READS: Rate(READS, 3600), Limit.FAILURES: Rate(FAILURES, 3600)}
    with ExitStack() as stack:

        def instance(patience: float = PATIENCE) -> Instance:
            registry = CollectorRegistry()
            limits = LimitSettings(rates, processes=2, patience=patience)
            settings = WebSettings(database.settings(), server.settings, "a@mailroom.test", 65536, limits=limits)
            app = create_app(settings, registry)
            stack.callback(app.extensions["mailroom.close"])
            return Instance(app, registry, authorization)

        yield instance


def test_two_processes_share_a_count(make: Make) -> None:
    one, other = make(), make()

    assert one.statuses(4) + other.statuses(4) == [404] * READS + [429] * 2
    assert other.metric("mailroom_limited_total", limit="reads") == 2


def test_requests_at_the_same_instant_are_counted_exactly(make: Make) -> None:
    instances = [make(), make()]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: instances[number % 2].ask().status_code, range(24)))

    assert (found.count(404), found.count(429)) == (READS, 24 - READS)


def test_who_guesses_at_one_process_is_refused_by_the_other_even_with_a_good_key(make: Make) -> None:
    one, other = make(), make()
    guess = {"Authorization": "Bearer guessed-0123456789-0123456789-0123456789"}

    assert one.statuses(FAILURES + 1, guess) == [401] * FAILURES + [429]
    assert other.ask().get_json()["limit"] == "failures"
    assert other.ask(address="192.0.2.2").status_code == 404
    assert one.metric("mailroom_limited_total", limit="failures") == 1


def test_without_redis_each_process_lets_in_its_share_and_says_degraded(make: Make, server: RedisProcess) -> None:
    instance = make()
    server.stop()

    answers = [instance.ask() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [404] * 3 + [429]
    assert answers[0].headers["RateLimit-Limit"] == "3"
    assert (instance.is_degraded(), instance.readiness()) == (True, (200, "degraded"))


def test_when_redis_is_back_it_counts_again_without_anybody_asking(make: Make, server: RedisProcess) -> None:
    instance = make()
    server.stop()
    instance.ask()
    server.start()
    eventually(lambda: not instance.is_degraded())

    assert instance.ask().headers["RateLimit-Limit"] == str(READS)
    assert instance.readiness() == (200, "ok")


def test_a_redis_that_hangs_stops_no_request(make: Make, server: RedisProcess) -> None:
    instance = make(patience=SHORT_PATIENCE)
    instance.ask()
    server.pause()

    began = time.monotonic()
    statuses = instance.statuses(6)
    took = time.monotonic() - began

    assert statuses == [404] * 3 + [429] * 3
    assert instance.is_degraded()
    # Had each one waited, it would be at least this.
    assert took < len(statuses) * SHORT_PATIENCE
    server.resume()
    eventually(lambda: not instance.is_degraded())
    # What was counted before is still there; what was counted alone isn't, but for the request that waited in vain.
    assert instance.ask().headers["RateLimit-Remaining"] in {str(READS - 2), str(READS - 3)}


def test_requests_go_on_while_redis_comes_and_goes(make: Make, server: RedisProcess) -> None:
    instance = make(patience=SHORT_PATIENCE)
    found = []
    for change in (server.stop, server.start, server.pause, server.resume, server.stop):
        change()
        found += instance.statuses(2)

    assert {*found} <= {404, 429}


def test_with_a_password_that_is_wrong_it_goes_on_degraded(
    server: RedisProcess, database: Database, authorization: dict[str, str]
) -> None:
    wrong = RedisSettings(server.settings.host, server.settings.port, "mailroom", "wrong")
    registry = CollectorRegistry()
    app = create_app(WebSettings(database.settings(), wrong, "a@mailroom.test", 65536), registry)
    instance = Instance(app, registry, authorization)

    assert (instance.ask().status_code, instance.is_degraded()) == (404, True)
    app.extensions["mailroom.close"]()


def test_a_key_of_the_load_test_is_not_limited_by_the_defaults(
    database: Database, server: RedisProcess, authorization: dict[str, str]
) -> None:
    registry = CollectorRegistry()
    limits = LimitSettings(patience=PATIENCE)
    settings = WebSettings(database.settings(), server.settings, "a@mailroom.test", 65536, limits=limits)
    app = create_app(settings, registry)
    answer = Instance(app, registry, authorization).ask()

    assert int(answer.headers["RateLimit-Limit"]) / 60 > 2000
    assert answer.headers["RateLimit-Policy"] == '"reads";q=300000;w=60'
    app.extensions["mailroom.close"]()
