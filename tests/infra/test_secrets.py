"""The service gets its secrets as files of its own, which no other user of the host can read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.slots import slots_on

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://app"]


def test_the_running_service_gets_its_secrets_as_files_of_its_own(host: Host) -> None:
    slots = slots_on(host)
    for unit in slots.units():
        folder = f"/run/credentials/{unit}"
        names = host.check_output("ls %s", folder).split()
        assert names
        for name in names:
            assert host.file(f"{folder}/{name}").mode & 0o007 == 0


def test_another_user_can_read_no_secret(host: Host) -> None:
    slots = slots_on(host)
    configured = f"/etc/{slots.app}/slots/{slots.live}"
    handed = f"/run/credentials/{slots.units()[0]}"

    for folder in (configured, handed):
        refused = host.run("runuser -u nobody -- ls %s", folder)
        assert refused.rc != 0
        assert re.search("Permission denied", refused.stderr)
