"""What the tests of `make up` share: a converge of the live host that is watched for secrets."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.leaks.search import Secrets, Watched, secrets_of, watched
from tests.local_host import LocalHost


@pytest.fixture(scope="session")
def secrets(up: LocalHost) -> Secrets:
    """Return every secret of the environment. Never print one."""
    return secrets_of(up.state)


@pytest.fixture(scope="session")
def the_host(up: LocalHost) -> Host:
    """Return the lab's host."""
    return Host(Lab(up.lab), up.name)


@pytest.fixture(scope="session")
def converged_again(up: LocalHost, the_host: Host, secrets: Secrets, request: pytest.FixtureRequest) -> Watched:
    """Converge once more, saying all that Ansible can say; its time isn't measured, so the fleet can come up beside."""
    request.getfixturevalue("fleet_beside")
    with watched([the_host], secrets) as seen:
        played = up.play("site.yml", "-vvv", "--diff")
    return Watched(played, seen)
