"""The application on every app host: its slots, their units, and that no secret is where it could be read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.infra.slots import Slots, slots_on

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://app"]

EXPOSURE_LIMIT = 2.0  # of 10, as `systemd-analyze security` rates it; its word for less than 2.0 is "OK" and better


@pytest.fixture(scope="module")
def slots(host: Host) -> Slots:
    """What is in the slots, read once per host."""
    return slots_on(host)


def test_the_service_has_a_user_of_its_own_that_nobody_can_log_in_as(host: Host, slots: Slots) -> None:
    user = host.user(slots.app)

    assert user.shell == "/usr/sbin/nologin"
    assert user.groups == [slots.app]
    assert host.check_output("getent shadow %s", slots.app).split(":")[1] in ("!", "!*", "*", "!!")


def test_the_sockets_of_both_slots_listen_and_come_back_with_the_host(host: Host, slots: Slots) -> None:
    for slot in ("blue", "green"):
        unit = host.service(f"{slots.app}-web@{slot}.socket")
        assert unit.is_running
        assert unit.is_enabled


def test_only_nginx_may_connect_to_a_slot(host: Host, slots: Slots) -> None:
    for slot in ("blue", "green"):
        socket = host.file(f"/run/{slots.app}/{slot}.sock")
        assert (socket.is_socket, socket.user, socket.group, socket.mode) == (True, "root", "www-data", 0o660)


def test_all_lanes_point_at_one_slot(slots: Slots) -> None:
    assert len(slots.lanes) == 20
    assert len(set(slots.lanes)) == 1
    assert slots.live in ("blue", "green")


def test_the_live_slot_is_the_one_that_starts_with_the_host(slots: Slots) -> None:
    assert slots.enabled("web") == [slots.live]


def test_the_live_slots_worker_is_the_one_that_starts_with_the_host(slots: Slots) -> None:
    assert slots.enabled("worker") in ([slots.live], [])


def test_the_live_services_run_and_were_not_restarted_by_systemd(slots: Slots) -> None:
    for unit in slots.units():
        state = slots.properties[unit]
        assert (unit, state["ActiveState"], state["NRestarts"]) == (unit, "active", "0")


def test_the_live_slot_serves_the_release_that_is_in_it(host: Host, slots: Slots) -> None:
    told = host.check_output(
        "curl --silent --fail --head --request GET --unix-socket %s http://localhost/health/ready"
        " || python3 - %s <<'PYTHON'\n"
        "import socket, sys\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect(sys.argv[1])\n"
        "s.sendall(b'GET /health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n')\n"
        "print(s.makefile('rb').read().decode())\n"
        "PYTHON",
        f"/run/{slots.app}/{slots.live}.sock",
        f"/run/{slots.app}/{slots.live}.sock",
    )

    assert re.search(rf"^X-Release: {re.escape(slots.releases[slots.live])}\r?$", told, re.MULTILINE | re.IGNORECASE)


def test_a_slots_link_points_at_a_release_that_is_staged_whole(host: Host, slots: Slots) -> None:
    for version in slots.releases.values():
        assert host.file(f"/srv/{slots.app}/releases/{version}/.complete").is_file


def test_a_release_knows_its_version(host: Host, slots: Slots) -> None:
    for version in slots.releases.values():
        metadata = json.loads(host.check_output("cat %s", f"/srv/{slots.app}/releases/{version}/metadata.json"))
        assert (metadata["name"], metadata["version"]) == (slots.app, version)


def test_nobody_but_root_can_change_a_release(host: Host, slots: Slots) -> None:
    loose = "find /srv/%s -not -type l \\( -not -user root -o -perm /022 \\)"

    assert host.check_output(loose, slots.app) == ""


def test_every_unit_is_confined(host: Host, slots: Slots) -> None:
    rated = json.loads(host.check_output("systemd-analyze security --json=short --no-pager"))
    exposure = {row["unit"]: float(row["exposure"]) for row in rated if row["unit"].startswith(f"{slots.app}-")}

    assert set(slots.units()) <= set(exposure)
    assert max(exposure.values()) < EXPOSURE_LIMIT


def test_a_slots_configuration_is_for_root_only(host: Host, slots: Slots) -> None:
    folders = host.check_output("find /etc/%s/slots -mindepth 1 -type d -printf '%%m %%u %%p\\n'", slots.app)
    files = host.check_output("find /etc/%s/slots -type f -printf '%%m %%u %%p\\n'", slots.app)

    assert {line.split()[0:2] == ["700", "root"] for line in folders.splitlines()} == {True}
    assert {line.split()[0:2] == ["600", "root"] for line in files.splitlines()} == {True}
