"""What the tests of the probe share."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from roles.probe.files.probe.sender import Sender
from roles.probe.files.probe.tally import Tally
from roles.probe.files.probe.wish import Wish
from tests.unit.load.authority import Authority, make_authority
from tests.unit.load.fault_server import FaultServer

RIGHT = {"path": "/health/ready", "has_headers": ["X-Release"], "body_has": {"state": "right"}}
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority and a server certificate."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def asked(authority: Authority) -> Callable[..., dict[str, Any]]:
    """Return what a short probe is told: kept connections only, unless options say otherwise."""

    def ask(url: str = "https://127.0.0.1", **options: object) -> dict[str, Any]:
        return {
            "app": "mailroom",
            "id": "r1",
            "url": url,
            "ca": authority.ca.read_text(encoding="ascii"),
            "rate": 100,
            "fresh": 0,
            "connections": 8,
            "timeout": 10,
            "limit": 0.5,
            "requests": [RIGHT],
            **options,
        }

    return ask


@pytest.fixture
def run(asked: Callable[..., dict[str, Any]]) -> Run:
    """Probe a server until the limit, in this process; return the state."""

    def _run(server: FaultServer, **options: object) -> dict[str, Any]:
        wish = Wish.of(asked(server.url, **options))
        tally = Tally(wish)

        async def send() -> None:
            assert await Sender(wish, tally).run(asyncio.Event()) == "limit"

        asyncio.run(send())
        return tally.state()

    return _run
