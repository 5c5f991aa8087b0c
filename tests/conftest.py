"""What the stages share: the hosts, brought up once, and the figures that are printed at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import FIGURES, Figures
from tests.fleet import Fleet
from tests.local_host import LocalHost
from tests.playing import Playing
from tools.phases import Phases


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if FIGURES.rows or FIGURES.notes:
        terminalreporter.section("figures")
        for line in FIGURES.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Return the place where figures go."""
    return FIGURES


@pytest.fixture(scope="session")
def lab() -> str:
    """Return the name of the lab in which this test run lives."""
    name = os.environ.get("SLIPWAY_LAB")
    if not name:
        pytest.fail("this test needs a lab of its own: run it by `make test-lab` or `test-faults`, with ARGS='-k …'")
    return name


@pytest.fixture(scope="session")
def local_host(lab: str) -> LocalHost:
    """Return the local environment's host, blank at first. `up` brings it up."""
    state = Path(os.environ["SLIPWAY_STATE"])
    return LocalHost(lab, state, Phases(state / "logs"))


@pytest.fixture(scope="session")
def up(local_host: LocalHost) -> LocalHost:
    """Return the local host, converged, with Mailroom released and a message delivered, as `make up` does it."""
    local_host.bring_up_once()
    return local_host


@pytest.fixture(scope="session")
def converging_fleet(lab: str) -> Iterator[tuple[Fleet, Playing]]:
    """Boot the fleet's hosts and begin to converge them; return them, and the play as it runs."""
    hosts = Fleet(lab, Path(os.environ["SLIPWAY_STATE"]))
    hosts.boot_all()
    playing = hosts.start_play("site.yml")
    yield hosts, playing
    if playing.poll() is None:
        playing.kill()
    hosts.close()


@pytest.fixture(scope="session")
def fleet_beside(request: pytest.FixtureRequest) -> None:
    """Have the fleet converged beside the tests that ask for this, if any are to come that want it."""
    if any("fleet" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("converging_fleet")
