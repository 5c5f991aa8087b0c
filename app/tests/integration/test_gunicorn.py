"""Mailroom under gunicorn, on a unix socket, with two workers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from mailroom.release import current_release
from support.ports import free_port
from support.processes import Process, eventually, run

CONFIGURATION = Path(__file__).with_name("gunicorn.conf.py")
COMMAND = ["gunicorn", "-c", str(CONFIGURATION), "mailroom.wsgi:app"]


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("mailroom", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process and how to ask it."""

    path: str
    metrics_port: int
    process: Process

    def listens(self) -> bool:
        try:
            return self.ask("GET", "/health/live")[0] == HTTPStatus.OK
        except OSError:
            return False

    def ask(
        self, method: str, url: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, dict[str, Any]]:
        connection = UnixConnection(self.path)
        try:
            sent = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, url, json.dumps(body) if body else None, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


@pytest.fixture
def web_environment(environment: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    metric_files = tmp_path / "metrics"
    metric_files.mkdir()
    with tempfile.TemporaryDirectory(prefix="mailroom-", dir="/tmp") as directory:
        yield environment | {
            "PROMETHEUS_MULTIPROC_DIR": str(metric_files),
            "TEST_SOCKET": f"{directory}/web.sock",
            "TEST_METRICS_PORT": str(free_port()),
        }


@pytest.fixture
def web(web_environment: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    process = Process(COMMAND, web_environment, tmp_path / "web.log")
    try:
        web = Web(web_environment["TEST_SOCKET"], int(web_environment["TEST_METRICS_PORT"]), process)
        eventually(web.listens)
        yield web
    finally:
        process.end()


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
