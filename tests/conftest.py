"""What the stages share: the local host, brought up once, and the figures that are printed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.figures import FIGURES, Figures
from tests.local_host import LocalHost
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
        pytest.fail("this test needs a lab of its own: run it by `make test-lab`, or `make test-lab ARGS='-k …'`")
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
