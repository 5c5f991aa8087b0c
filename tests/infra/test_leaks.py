"""No host shows its secrets to others: not in `ps`, units, environments or journals, nor in files that all can read.

The host compares them itself: only the names of places leave it, no value.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.leaks.search import HOST, PROGRAM

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://all"]


@pytest.fixture(scope="module")
def told(host: Host) -> dict[str, Any]:
    """What a search for every secret of the host told."""
    return dict(json.loads(host.check_output("nice python3 -c %s", f"{PROGRAM}\nmain({HOST!r})\n")))


def test_there_are_secrets_to_look_for(host: Host, told: dict[str, Any]) -> None:
    variables = host.ansible.get_variables()
    handed = [name for name in told["secrets"] if name.startswith(f"/etc/{variables['app_name']}/slots/")]

    assert told["secrets"]
    assert len(handed) >= 2 or "app" not in variables["group_names"]


def test_no_secret_is_in_a_place_where_others_can_read_it(told: dict[str, Any]) -> None:
    assert told["found"] == []
