"""Mailroom under gunicorn, on a unix socket, with two workers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mailroom.release import current_release
from support import web
from support.processes import Process, eventually, run
from support.web import COMMAND, UnixConnection, Web


@pytest.fixture
def web_environment(environment: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    with web.web_environment(environment, tmp_path) as found:
        yield found


@pytest.fixture(name="web")
def running_web(web_environment: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    with web.running_web(web_environment, tmp_path) as running:
        yield running


def test_it_accepts_a_message_over_its_socket_and_names_its_release(web: Web, authorization: dict[str, str]) -> None:
    body = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}

    status, headers, answer = web.ask("POST", "/api/v1/messages", body, {**authorization, "X-Request-ID": "r-1"})

    assert (status, answer["state"]) == (202, "queued")
    assert (headers["X-Release"], headers["X-Request-ID"]) == (current_release(), "r-1")


def test_a_body_in_chunks_is_limited_too(web: Web, authorization: dict[str, str]) -> None:
    connection = UnixConnection(web.path)
    headers = {**authorization, "Content-Type": "application/json"}
    with contextlib.suppress(BrokenPipeError):  # it answers before it has read all
        connection.request("POST", "/api/v1/messages", iter([b" " * 65536] * 8), headers, encode_chunked=True)
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["title"]) == (413, "Content Too Large")
    connection.close()


def test_each_request_is_counted_once_whichever_worker_answers(web: Web) -> None:
    eventually(lambda: web.ask("GET", "/health/ready")[0] == 200)
    name = 'http_requests_total{method="GET",route="/health/live",status_class="2xx"}'

    before = web.metrics()[name]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: web.ask("GET", "/health/live"), range(40)))

    eventually(lambda: web.metrics()[name] == before + 40)
    measured = web.metrics()
    assert measured['http_request_duration_seconds_count{method="GET",route="/health/live"}'] == before + 40
    assert measured["mailroom_messages_accepted_total"] == 0
    assert measured[f'mailroom_release_info{{release="{current_release()}"}}'] == 1


def test_the_log_is_json_and_carries_the_request_id(web: Web) -> None:
    web.ask("GET", "/health/live", headers={"X-Request-ID": "logged-1"})

    def lines() -> list[dict[str, Any]]:
        return [line for line in web.process.lines() if line.get("request_id") == "logged-1"]

    eventually(lambda: len(lines()) == 1)
    (line,) = lines()
    assert (line["message"], line["route"], line["status"]) == ("answered", "/health/live", 200)
    assert (line["component"], line["release"]) == ("web", current_release())


@pytest.mark.parametrize("secret", ["database_password", "redis_password"])
def test_a_missing_secret_stops_the_whole_server_and_is_named(
    web_environment: dict[str, str], tmp_path: Path, secret: str
) -> None:
    (Path(web_environment["CREDENTIALS_DIRECTORY"]) / secret).unlink()

    status, process = run(COMMAND, web_environment, tmp_path / "web.log")

    assert status != 0
    assert any(f"mailroom can't start: the secret {secret} is missing" in line["message"] for line in process.lines())


def test_behind_a_proxy_clients_are_counted_by_the_address_that_it_tells(
    web_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = {**web_environment, "MAILROOM_LIMIT_FAILURES": "2/hour"}
    process = Process(COMMAND, environment, tmp_path / "web.log")
    web = Web(environment["TEST_SOCKET"], int(environment["TEST_METRICS_PORT"]), process)

    def statuses(*forwarded: str) -> list[int]:
        return [web.ask("GET", f"/api/v1/messages/{UUID(int=7)}", None, {"X-Forwarded-For": it})[0] for it in forwarded]

    numbers = count(1)

    def are_counted() -> bool:
        """Ask as two clients that weren't there yet: a process that waited too long for Redis counts alone a while."""
        one, other = f"192.0.2.{next(numbers)}", f"192.0.2.{next(numbers)}"
        return statuses(one, one, one, other, f"{other}, {one}") == [401, 401, 429, 401, 429]

    try:
        eventually(web.listens)
        eventually(are_counted)
        eventually(lambda: web.metrics()['mailroom_limited_total{limit="failures"}'] >= 2)
        eventually(lambda: web.metrics()["mailroom_limits_degraded"] == 0)
    finally:
        process.end()
