"""The edges of HTTP, over the whole service: hosts, origins, and what every answer has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from mailroom.app import create_app
from mailroom.config import EdgeSettings, RedisSettings, WebSettings
from support.databases import Database

ORIGIN = "https://app.example.com"
URL = "/api/v1/messages"
_EXAMPLES = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1"}

Make = Callable[[EdgeSettings], FlaskClient]


@pytest.fixture
def make(database: Database, redis_settings: RedisSettings) -> Iterator[Make]:
    with ExitStack() as stack:

        def client(edges: EdgeSettings) -> FlaskClient:
            settings = WebSettings(database.settings(), redis_settings, "a@mailroom.test", 65536, edges=edges)
            app = create_app(settings, CollectorRegistry())
            stack.callback(app.extensions["mailroom.close"])
            return app.test_client()

        yield client


def answers_of_all_routes(app: Flask, authorization: dict[str, str]) -> Iterator[tuple[str, TestResponse]]:
    """Ask each route by each of its methods, known and unknown."""
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda found: _EXAMPLES.get(found[1] or "", "x"), rule.rule)
        for method in sorted(rule.methods or ()):
            for headers in ({}, authorization):
                body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
                yield f"{method} {path}", client.open(path, method=method, headers=headers, json=body)


def test_no_route_sets_a_cookie_lets_a_type_be_guessed_or_says_what_runs_it(
    make: Make, authorization: dict[str, str]
) -> None:
    app = make(EdgeSettings(cors_origins=frozenset({ORIGIN}))).application
    asked = 0
    for name, answer in answers_of_all_routes(app, authorization):
        asked += 1
        assert not {"Set-Cookie", "Server", "X-Powered-By"} & {*answer.headers.keys()}, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["Cache-Control"] == "no-store" or "/api/" not in name, name
        assert answer.status_code != 405, name
    assert asked > 10


def test_a_browsers_page_may_post_with_a_key_and_read_the_answer(make: Make, authorization: dict[str, str]) -> None:
    client = make(EdgeSettings(cors_origins=frozenset({ORIGIN})))
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    message = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}

    leave = client.options(URL, headers=asked)
    posted = client.post(URL, json=message, headers={"Origin": ORIGIN, **authorization})
    refused = client.post(URL, json=message, headers={"Origin": ORIGIN})

    assert (leave.status_code, "POST" in leave.headers["Access-Control-Allow-Methods"]) == (200, True)
    assert (posted.status_code, posted.headers["Access-Control-Allow-Origin"]) == (202, ORIGIN)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)


def test_by_a_name_that_is_not_its_own_only_health_is_answered(make: Make, authorization: dict[str, str]) -> None:
    client = make(EdgeSettings(hosts=frozenset({"mail.example.com"})))

    def status(path: str, host: str) -> int:
        return client.get(path, headers={"Host": host, **authorization}).status_code

    assert status(f"{URL}/{_EXAMPLES['uuid']}", "mail.example.com") == 404
    assert status(f"{URL}/{_EXAMPLES['uuid']}", "evil.test") == 421
    # A slot is asked on its own socket, as localhost.
    assert status("/health/ready", "localhost") == 200
