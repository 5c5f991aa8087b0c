"""One fault: how it is made, how it is mended, and which alert tells of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.playing import Played, Playing
from tools.site import Client

UNIT = "slipway-fault"
# A budget's ticket is over when six hours and three days have few enough errors: 24 minutes on the usual clock here.
BUDGET_OVER = 2400


class Place(Protocol):
    """Where a fault is made: a host, the site that it serves, and the plays that release to it."""

    def run(self, command: str) -> str:
        """Run a shell command as root on the host; return what it printed."""

    def module(self, name: str, **options: str | int) -> dict[str, Any]:
        """Run one of our modules as root on the host; return what it said."""

    def client(self) -> Client:
        """Return a client of the site that has the API key."""

    def release(self, version: str, artifacts: Path, *arguments: str) -> Played:
        """Release a version, as `make release` does."""

    def rollback(self) -> Played:
        """Roll back, as `make rollback` does."""

    def start_play(self, playbook: str, *arguments: str) -> Playing:
        """Start a playbook; return it as it runs."""


# A shell script for root on the host, or what does it.
Action = str | Callable[[Place], None]


@dataclass(frozen=True)
class Fault:
    """A fault and its alert.

    Attributes:
        alert: the name of the alert that has to tell of it.
        what: what is wrong, in a few words, for the table.
        make: what makes it.
        mend: what puts it right, also where `make` came only half way.
        labels: what the alert must carry beside the labels of its rule.
        beside: what else it may set off: the names of alerts.
        clients: what is asked of the site, again and again, until the alert is told; None for nothing.
        limit: seconds within which it must be told, generous.
        over: seconds within which its end must be told, generous.
        slow: whether it takes many minutes, so that it is made only where all are.
    """

    alert: str
    what: str
    make: Action
    mend: Action
    labels: dict[str, str] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()
    clients: Callable[[Place], None] | None = None
    limit: float = 240
    over: float = 420
    slow: bool = False

    def __str__(self) -> str:
        """Return a name for the test."""
        return self.alert


def do(action: Action, place: Place) -> None:
    """Make a fault, or mend it."""
    if isinstance(action, str):
        place.run(action)
    else:
        action(place)


def in_background(script: str, *properties: str) -> str:
    """Return a command that has a script run on the host until it is stopped, but not for longer than 25 minutes."""
    options = " ".join(f"--property={one}" for one in ("RuntimeMaxSec=1500", *properties))
    return (
        f"systemd-run --quiet --collect --expand-environment=no --unit={UNIT} {options} bash -c {shlex.quote(script)}"
    )


STOP = f"systemctl stop {UNIT} 2>/dev/null || true"
