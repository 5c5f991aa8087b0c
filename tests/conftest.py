"""What the stages share: the hosts, brought up once, and the figures that are printed at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.figures import FIGURES, Figures
from tests.fleet import Fleet
from tests.local_host import LocalHost
from tests.playing import Played, Playing
from tools.phases import Phases

# A slow machine is no defect.
hypothesis.settings.register_profile("slipway", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("slipway")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if FIGURES.rows or FIGURES.notes:
        terminalreporter.section("figures")
        for line in FIGURES.lines():
            terminalreporter.write_line(line)


def is_asked_for(fixture: str, session: pytest.Session) -> bool:
    """Return whether a test of this run asks for a fixture."""
    return any(fixture in getattr(item, "fixturenames", ()) for item in session.items)


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
def blank_check(local_host: LocalHost) -> Played:
    """Show what a converge would change on the local host, which is blank."""
    assert not local_host.version
    local_host.boot()
    return local_host.play("site.yml", "--check", "--diff", "-vvv")


@pytest.fixture(scope="session")
def up(local_host: LocalHost, request: pytest.FixtureRequest) -> LocalHost:
    """Return the local host, converged, with Mailroom released and a message delivered, as `make up` does it."""
    if is_asked_for("blank_check", request.session):
        request.getfixturevalue("blank_check")
    local_host.bring_up_once()
    return local_host


@pytest.fixture(scope="session")
def converging_fleet(lab: str) -> Iterator[tuple[Fleet, Playing]]:
    """Boot the fleet's hosts and begin to converge them; return them, and the play as it runs.

    It says all that Ansible can say, of every change to a blank host: tests/release/test_leaks.py looks into that.
    """
    hosts = Fleet(lab, Path(os.environ["SLIPWAY_STATE"]))
    hosts.boot_all()
    playing = hosts.start_play("site.yml", "-vvv", "--diff")
    yield hosts, playing
    if playing.poll() is None:
        playing.kill()
    hosts.close()


@pytest.fixture(scope="session")
def fleet_beside(request: pytest.FixtureRequest) -> None:
    """Have the fleet converged beside the tests that ask for this, if any are to come that want it."""
    if is_asked_for("fleet", request.session):
        request.getfixturevalue("converging_fleet")
