"""A running Mailroom: gunicorn with two workers, PostgreSQL and Redis."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.databases import Database
from support.ports import free_port
from support.processes import Process, eventually

_OPTIONS = [
    *("--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket", "--log-level=warning"),
    "--limit-request-line=0",  # as on the hosts: nginx has its own limit, and Mailroom a lower one of queries
]

# Everything that can be switched on, and no limits but those of callers, which are far away.
_ALL_ON = {
    "MAILROOM_ACCESS_TOKEN_SECONDS": "3600",
    "MAILROOM_LIMIT_FAILURES": "off",
    "MAILROOM_LIMIT_LOGIN": "off",
    "MAILROOM_PUBLIC_URL": "https://mailroom.test",
    "MAILROOM_SES_TOPICS": "arn:aws:sns:eu-central-1:123456789012:mailroom",
}


@dataclass(frozen=True, slots=True)
class Service:
    """Where it is, what it stores, and what it logs."""

    url: str
    database: Database
    process: Process

    def ask(self, path: str, credential: str | None = None) -> int:
        """Return the status of the answer to a GET."""
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def log_in(self, email: str, password: str) -> str:
        """Return an access token of a user."""
        body = json.dumps({"grant": "password", "email": email, "password": password}).encode()
        request = urllib.request.Request(
            f"{self.url}/api/v1/auth/token", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["access_token"])

    def listens(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.ask("/health/live") == 200
        except OSError:
            return False


@pytest.fixture
def service(environment: dict[str, str], database: Database, tmp_path: Path) -> Iterator[Service]:
    credentials = Path(environment["CREDENTIALS_DIRECTORY"])
    (credentials / "token_signing_keys").write_text(f"1:{'s' * 32}\n")
    (credentials / "unsubscribe_keys").write_text(f"{'u' * 32}\n")
    address = f"127.0.0.1:{free_port()}"
    process = Process(
        ["gunicorn", f"--bind={address}", *_OPTIONS, "mailroom.wsgi:app"], environment | _ALL_ON, tmp_path / "log"
    )
    try:
        running = Service(f"http://{address}", database, process)
        eventually(running.listens)
        yield running
    finally:
        process.end()
