"""All app hosts of an environment serve the same release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import testinfra

from tests.environment import environment_under_test
from tests.infra.slots import slots_on

if TYPE_CHECKING:
    import pytest


def test_every_app_host_serves_the_same_release(request: pytest.FixtureRequest) -> None:
    inventory = request.config.option.ansible_inventory
    hosts = testinfra.get_hosts(["ansible://app"], ansible_inventory=inventory)
    live = {host.backend.host: (slots := slots_on(host)).releases[slots.live] for host in hosts}

    assert len(live) == len(environment_under_test().of_group("app"))
    assert len(set(live.values())) == 1, live
