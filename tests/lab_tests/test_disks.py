"""Disks of hosts: there at once and after a reboot, kept without their host, gone with their lab."""

import subprocess

import pytest

from tests.lab import disks
from tests.lab.host import Host
from tests.lab_tests.conftest import Commands

VOLUME = "vol-0123456789abcdef0"
LINK = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0"
ADDRESS = "192.168.56.33"


@pytest.fixture(name="disk", scope="module")
def _disk(module_lab: Commands) -> Commands:
    """Return a lab whose host was given a disk while it ran."""
    module_lab.up("--hosts", f"one={ADDRESS}")
    disks.link(Host(module_lab.lab, "one"), {})
    module_lab.must("reboot", "one")
    disks.link(Host(module_lab.lab, "one"), {VOLUME: disks.attach(module_lab.lab, VOLUME, 1)})
    return module_lab


def test_a_host_has_its_disk_under_both_names_that_udev_gives_it(disk: Commands) -> None:
    sizes = [disk.ssh("one", "sudo", "blockdev", "--getsize64", path) for path in (LINK, f"{LINK}_1")]

    assert sizes == [str(1 << 30)] * 2


def test_what_is_on_it_is_there_after_a_reboot_and_for_the_next_host(disk: Commands) -> None:
    disk.ssh("one", "sudo", "sh", "-c", f"'echo kept > {LINK}; sync'")
    disk.must("reboot", "one")
    assert disk.ssh("one", "sudo", "head", "-c4", LINK) == "kept"

    Host(disk.lab, "one").destroy()
    disks.link(Host(disk.lab, "one"), {VOLUME: disks.attach(disk.lab, VOLUME, 1)})
    disk.up("--hosts", f"one={ADDRESS}")
    assert disk.ssh("one", "sudo", "head", "-c4", LINK) == "kept"


def test_a_disk_grows_while_it_is_used(disk: Commands) -> None:
    before = disks.loops(disk.lab)
    disks.attach(disk.lab, VOLUME, 2)

    assert disk.ssh("one", "sudo", "blockdev", "--getsize64", LINK) == str(2 << 30)
    assert disks.loops(disk.lab) == before


def test_a_disk_that_is_taken_away_is_no_more_to_be_found(disk: Commands) -> None:
    disks.link(Host(disk.lab, "one"), {})

    assert disk.ssh("one", "ls", "/dev/disk/by-id") == ""


def test_a_deleted_disk_leaves_nothing_and_the_lab_takes_the_others(lab: Commands) -> None:
    lab.up()
    disks.attach(lab.lab, "vol-1", 1)
    disks.attach(lab.lab, "vol-2", 1)
    disks.delete(lab.lab, "vol-1")
    assert list(disks.loops(lab.lab)) == ["vol-2"]

    lab.must("down")
    assert disks.loops(lab.lab) == {}


def test_disks_of_a_lab_whose_owner_died_are_freed_by_the_next_command(lab: Commands, other: Commands) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    lab.must("up", "--owner", str(owner.pid))
    disks.attach(lab.lab, VOLUME, 1)
    owner.kill()
    owner.wait()

    other.up()
    assert disks.loops(lab.lab) == {}
