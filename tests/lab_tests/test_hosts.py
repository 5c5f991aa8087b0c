"""Hosts: booted, reached, rebooted, cut off."""

import json
import time

from tests.lab_tests.conftest import Commands


def _row(lab: Commands, host: str) -> dict[str, object]:
    rows: list[dict[str, object]] = json.loads(lab.must("status", "--json"))
    return next(row for row in rows if row["host"] == host)


def _wait_for_boot(lab: Commands, host: str, before: str) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        done = lab("ssh", host, "cat", "/proc/sys/kernel/random/boot_id")
        if done.returncode == 0 and done.stdout.strip() != before:
            return
        time.sleep(0.1)
    raise AssertionError(f"{host} didn't come back")


def test_a_host_is_a_debian_13_with_its_inventory_name_and_a_running_systemd(pair: Commands) -> None:
    assert pair.ssh("left", "hostname; . /etc/os-release; echo $VERSION_CODENAME; cat /proc/1/comm").split() == [
        "left",
        "trixie",
        "systemd",
    ]


def test_the_admin_becomes_root_without_a_password(pair: Commands) -> None:
    assert pair.ssh("left", "sudo", "-n", "whoami") == "root"


def test_hosts_have_machine_ids_of_their_own(pair: Commands) -> None:
    assert pair.ssh("left", "cat", "/etc/machine-id") != pair.ssh("right", "cat", "/etc/machine-id")


def test_hosts_have_host_keys_of_their_own(pair: Commands) -> None:
    lines = (pair.lab.state / "known_hosts").read_text().splitlines()
    assert sorted(line.split()[0] for line in lines) == ["10.20.0.32", "192.168.56.31"]
    assert len({line.split()[2] for line in lines}) == 2


def test_a_host_reaches_a_host_of_another_subnet(pair: Commands) -> None:
    probe = 'import socket; print(socket.create_connection(("10.20.0.32", 22), 5).recv(4))'
    assert pair.ssh("left", f"python3 -c '{probe}'") == "b'SSH-'"


def test_a_host_reaches_the_world(pair: Commands) -> None:
    probe = (
        'import urllib.request as u; print(u.urlopen("http://deb.debian.org/debian/dists/trixie/Release").readline())'
    )
    assert pair.ssh("left", f"python3 -c '{probe}'") == r"b'Origin: Debian\n'"


def test_keys_and_disks_are_closed_to_others(pair: Commands) -> None:
    assert oct(pair.lab.state.stat().st_mode & 0o777) == "0o700"
    assert oct(pair.lab.roots.stat().st_mode & 0o777) == "0o700"
    assert oct((pair.lab.state / "ssh_key").stat().st_mode & 0o777) == "0o600"


def test_status_tells_the_memory_of_a_hosts_processes(pair: Commands) -> None:
    memory = _row(pair, "left")["memory"]
    assert isinstance(memory, int)
    assert 5 * 2**20 < memory < 500 * 2**20


def test_up_leaves_a_running_host_as_it_is(pair: Commands) -> None:
    before = pair.ssh("left", "cat", "/proc/sys/kernel/random/boot_id")
    pair.up("--hosts", "left=192.168.56.31")
    assert pair.ssh("left", "cat", "/proc/sys/kernel/random/boot_id") == before


def test_a_host_can_be_added_to_a_running_lab(pair: Commands) -> None:
    pair.up("--hosts", "third=10.30.0.33")
    assert pair.ssh("third", "hostname") == "third"
    assert pair.ssh("left", "hostname") == "left"


def test_a_reboot_from_inside_brings_the_same_host_back(pair: Commands) -> None:
    pair.ssh("right", "sudo touch /kept")
    before = pair.ssh("right", "cat", "/proc/sys/kernel/random/boot_id")
    pair("ssh", "right", "sudo", "systemctl", "reboot")
    _wait_for_boot(pair, "right", before)
    assert pair.ssh("right", "ls", "/kept") == "/kept"


def test_a_reboot_from_outside_waits_until_the_host_is_back(pair: Commands) -> None:
    before = pair.ssh("right", "cat", "/proc/sys/kernel/random/boot_id")
    pair.must("reboot", "right")
    assert pair.ssh("right", "cat", "/proc/sys/kernel/random/boot_id") != before


def test_a_host_cut_off_keeps_its_disk_and_is_booted_again_by_up(pair: Commands) -> None:
    pair.ssh("right", "sudo sh -c 'echo kept > /kept-too; sync'")
    pair.must("kill", "right")
    assert _row(pair, "right")["state"] == "off"
    pair.up("--hosts", "right=10.20.0.32")
    assert pair.ssh("right", "cat", "/kept-too") == "kept"


def test_a_host_that_was_powered_off_inside_is_off(lab: Commands) -> None:
    lab.up("--hosts", "only=192.168.56.31")
    lab("ssh", "only", "sudo", "poweroff")
    limit = time.monotonic() + 20
    while _row(lab, "only")["state"] != "off":
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_ssh_needs_no_name_where_there_is_one_host(lab: Commands) -> None:
    lab.up("--hosts", "only=192.168.56.31")
    assert lab("ssh").returncode == 0
