"""No secret is where others could read it, on any host of a fleet or on the control node that releases to it."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.leaks.search import Secrets, search, secrets_of, watched, written
from tests.playing import Played
from tests.release.quick import Quick

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def hosts(quick: Quick) -> list[Host]:
    return [Host(Lab(quick.fleet.lab), name) for name in quick.fleet.addresses]


@pytest.fixture
def secrets(quick: Quick) -> Secrets:
    return secrets_of(quick.fleet.state)


def test_no_secret_shows_on_any_host_while_and_after_a_version_is_released(
    quick: Quick, hosts: list[Host], secrets: Secrets
) -> None:
    with watched(hosts, secrets) as seen:
        played: Played = quick.released(quick.next(), "-vvv", "--diff")

    assert played.changed > 0
    assert list(seen) == []
    assert search(hosts, secrets) == []
    # The plays of all tests before, among them the fleet's first converge.
    assert written(quick.fleet.state, secrets) == []
