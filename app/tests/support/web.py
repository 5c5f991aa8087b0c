"""The web service as a process: gunicorn with two workers, on a unix socket."""

from __future__ import annotations

import http.client
import json
import socket
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from support.ports import free_port
from support.processes import Process, eventually

COMMAND = ["gunicorn", "-c", str(Path(__file__).with_name("gunicorn_conf.py")), "mailroom.wsgi:app"]


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


@contextmanager
def web_environment(environment: Mapping[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """Add to the environment of Mailroom's processes what gunicorn needs; metrics are left in the folder."""
    metric_files = folder / "metrics"
    metric_files.mkdir()
    with tempfile.TemporaryDirectory(prefix="mailroom-", dir="/tmp") as directory:
        yield {
            **environment,
            "PROMETHEUS_MULTIPROC_DIR": str(metric_files),
            "TEST_SOCKET": f"{directory}/web.sock",
            "TEST_METRICS_PORT": str(free_port()),
        }


@contextmanager
def running_web(environment: Mapping[str, str], folder: Path) -> Iterator[Web]:
    """Run the web service until the end, from when it listens."""
    process = Process(COMMAND, environment, folder / "web.log")
    try:
        web = Web(environment["TEST_SOCKET"], int(environment["TEST_METRICS_PORT"]), process)
        eventually(web.listens)
        yield web
    finally:
        process.end()
