"""The watched host: the local one, its rules and notices on the tests' clock, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import clock
from tests.faults.backups import BACKED_UP
from tests.faults.disk import mounted
from tests.faults.edge import CALLING, CALLS
from tests.faults.notices import Notices
from tests.faults.table import Proofs
from tests.faults.watched import firing
from tests.figures import Figures
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.local_host import LocalHost, wait_for
from tools.build import build
from tools.site import Client
from tools.up import ROOT, addresses

SECOND = "2.0.1"
# Tests before these made faults of their own, and what tells of them goes away by itself.
REST = 600


@pytest.fixture(scope="session")
def watched(up: LocalHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHost]:
    """Return the local host with a release in both slots, its alerts on the tests' clock, and a disk of its own."""
    artifacts = tmp_path_factory.mktemp("artifacts")
    build(ROOT / "app", SECOND, artifacts)
    # No release goes out while something pages, and tests before these made it so.
    wait_for(lambda: not firing(up, "page"), "the end of pages from before", limit=REST)
    released = up.release(SECOND, artifacts)
    assert released.code == 0, released.output[-6000:]
    played = up.play("site.yml", *clock.arguments(tmp_path_factory.mktemp("rules")))
    assert played.code == 0, played.output[-6000:]
    up.run(f"systemctl stop {CALLS}.timer 2>/dev/null; {CALLING}")
    up.run(BACKED_UP)
    with mounted(Host(Lab(up.lab), up.name), tmp_path_factory.mktemp("disk")):
        yield up


@pytest.fixture(scope="session")
def receiver(watched: LocalHost) -> Notices:
    """Return the webhook's receiver, read for what is told of the local host."""
    return Notices(Client(f"https://{addresses()[2]}:4567", watched.state / "ca.crt"), "local")


@pytest.fixture
def notices(watched: LocalHost, receiver: Notices) -> Notices:
    """Return the notices from now on, where no page is left of what was before."""
    wait_for(lambda: not firing(watched, "page"), "the end of pages from before", limit=REST)
    receiver.forget()
    return receiver


@pytest.fixture(scope="session")
def proofs(figures: Figures) -> Iterator[Proofs]:
    """Return the table of what was proved; it is printed at the end."""
    proofs = Proofs(clock.FACTOR)
    yield proofs
    figures.show(proofs.table())
