"""What the tests of releases share: versions to release, and a load that counts what is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.load.config import LoadConfig
from tests.load.open_loop import OpenLoop
from tests.load.requests import JsonHas, Request
from tests.local_host import LocalHost
from tools.build import build
from tools.up import ROOT

RATE = 100  # requests a second: what two cores carry beside the releases themselves
CONNECTIONS = 32


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the artifacts that these tests build."""
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="session")
def versions(artifacts: Path) -> tuple[str, str]:
    """Return two versions of Mailroom, built from the checkout, that differ in their version alone."""
    for version in ("2.0.1", "2.0.2"):
        build(ROOT / "app", version, artifacts)
    return "2.0.1", "2.0.2"


@pytest.fixture(scope="session")
def build_changed(
    artifacts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], None]], str]:
    """Return a function that builds a version from a changed copy of Mailroom."""

    def build_it(version: str, change: Callable[[Path], None]) -> str:
        source = tmp_path_factory.mktemp("source") / "app"
        shutil.copytree(
            ROOT / "app", source, ignore=shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", "tests")
        )
        change(source)
        build(source, version, artifacts)
        return version

    return build_it


@pytest.fixture
def load(up: LocalHost) -> Callable[[float], OpenLoop]:
    """Return a function that makes a load of reads and writes on the site, which lasts at most so many seconds."""

    def make(seconds: float) -> OpenLoop:
        message = json.dumps({"to": "load@example.org", "subject": "{request_id}", "text": "load"}).encode()
        authorization = ("Authorization", f"Bearer {up.key}")
        requests = (
            Request("GET", "/health/ready", check=JsonHas({"release": ...}), weight=9),
            Request(
                "POST",
                "/api/v1/messages",
                body=message,
                headers=(authorization, ("Content-Type", "application/json")),
                expect=frozenset({202}),
                check=JsonHas({"state": "queued"}),
            ),
        )
        config = LoadConfig(
            url=up.url, ca=up.certificate, rate=RATE, seconds=seconds, connections=CONNECTIONS, requests=requests
        )
        return OpenLoop(config)

    return make


@pytest.fixture(autouse=True)
def whole_lanes(up: LocalHost) -> Iterator[None]:
    """Check after each test that all lanes point at one slot."""
    yield
    assert not up.slots()["divided"]
