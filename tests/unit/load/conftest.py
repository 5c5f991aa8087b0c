"""What the tests of the load client share."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.load.client import Client
from tests.load.config import LoadConfig
from tests.load.recording import Recording
from tests.load.report import LoadReport, make_report
from tests.load.requests import JsonHas, Request
from tests.unit.load.authority import Authority, make_authority
from tests.unit.load.fault_server import FaultServer

RIGHT = Request("GET", "/health/ready", check=JsonHas({"state": "right"}), echoes_id=True)
Run = Callable[..., LoadReport]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority and a server certificate."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def run(authority: Authority) -> Run:
    """Put a short load on a server, in this process, and return the report."""

    def _run(server: FaultServer, **options: object) -> LoadReport:
        config = config_for(server.url, authority.ca, **options)
        return make_report(record(config), (), config.rate, config.connections)

    return _run


def config_for(url: str, ca: Path, **options: object) -> LoadConfig:
    """Return a short load on kept connections only, unless options say otherwise."""
    chosen: dict[str, object] = {
        "rate": 250,
        "seconds": 0.4,
        "requests": (RIGHT,),
        "connections": 8,
        "fresh": 0,
        "timeout": 3,
    }
    return LoadConfig(url=url, ca=ca, **{**chosen, **options})  # type: ignore[arg-type]


def record(config: LoadConfig) -> Recording:
    """Run a load to its limit in this process."""
    return asyncio.run(Client(config, "0badcafe").run(lambda: None))
