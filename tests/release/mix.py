"""The load of these tests: reads and writes on Mailroom, as its clients send them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.load.config import LoadConfig
from tests.load.open_loop import OpenLoop
from tests.load.requests import JsonHas, Request

RATE = 100  # requests a second: what two cores carry beside the releases themselves
CONNECTIONS = 32


def reads() -> Request:
    """Return the request that asks for what is ready."""
    return Request("GET", "/health/ready", check=JsonHas({"release": ...}), weight=9)


def writes(key: str, weight: int = 1) -> Request:
    """Return the request that posts a message, with its own id as subject."""
    message = json.dumps({"to": "load@example.org", "subject": "{request_id}", "text": "load"}).encode()
    return Request(
        "POST",
        "/api/v1/messages",
        body=message,
        headers=(("Authorization", f"Bearer {key}"), ("Content-Type", "application/json")),
        expect=frozenset({202}),
        check=JsonHas({"state": "queued"}),
        weight=weight,
    )


def shows(key: str) -> Request:
    """Return the request that asks for a message that there isn't, since it has to be right at any time."""
    return Request(
        "GET",
        "/api/v1/messages/00000000-0000-4000-8000-000000000000",
        headers=(("Authorization", f"Bearer {key}"),),
        expect=frozenset({404}),
        check=JsonHas({"status": 404}),
        weight=2,
    )


def pages() -> Request:
    """Return the request for the page of tests/release/faults.py, whose time is known."""
    return Request("GET", "/page", check=JsonHas({"page": True}), weight=3)


def load_on(  # noqa: PLR0913 each is a setting of its own
    url: str,
    certificate: Path,
    requests: tuple[Request, ...],
    seconds: float,
    *,
    rate: float = RATE,
    timeout: float = 10,
) -> OpenLoop:
    """Return a load on a site, not started yet, which lasts at most so many seconds."""
    return OpenLoop(
        LoadConfig(
            url=url,
            ca=certificate,
            rate=rate,
            seconds=seconds,
            connections=CONNECTIONS,
            timeout=timeout,
            requests=requests,
        )
    )
