"""data_disk_info reads what is on a disk, and where; lsblk, which tells of the machine's own disks, is a double."""

from __future__ import annotations

import getpass
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library import data_disk_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome

SIZE = 8 << 20  # bytes
LSBLK = """#!/bin/sh
case "$*" in *MOUNTPOINTS*) cat "$(dirname "$0")/mounts" ;; *) cat "$(dirname "$0")/disks" ;; esac
"""
SERIAL = "vol0123"
DISKS = [
    {"name": "/dev/sda", "size": "10G", "serial": None},
    {"name": "/dev/sdx", "size": "20G", "serial": SERIAL},
    {"name": "/dev/zram0", "size": "0B", "serial": None},
]


class Machine:
    """A disk, which is a file, and a folder where it belongs."""

    def __init__(self, folder: Path) -> None:
        """Have a blank disk that isn't mounted."""
        self._tools = folder / "tools"
        self._tools.mkdir()
        self.disk, self.home, self.etc = folder / "disk", folder / "home", folder / "etc"
        self.home.mkdir()
        self.disk.write_bytes(bytes(SIZE))
        (self._tools / "lsblk").write_text(LSBLK)
        (self._tools / "lsblk").chmod(0o755)
        (self._tools / "disks").write_text(json.dumps({"blockdevices": DISKS}))
        self.mounted()
        self.path = str(self._tools)

    def mounted(self, *points: str) -> None:
        """Have the disk mounted, as lsblk says it."""
        rows = [{"mountpoints": [*points]}, {"mountpoints": [None]}]
        (self._tools / "mounts").write_text(json.dumps({"blockdevices": rows}))

    def run(self, *command: str) -> None:
        """Do something with the disk."""
        subprocess.run([*command, str(self.disk)], check=True, capture_output=True)

    def cluster(self, name: str) -> None:
        """Have a cluster's data in the folder."""
        folder = self.home / name
        folder.mkdir(parents=True)
        (folder / "PG_VERSION").write_text("17\n")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a blank disk."""
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.path}:/usr/sbin:/usr/bin:/sbin:/bin")
    monkeypatch.setattr(data_disk_info.Disk, "present", lambda _: made.disk.exists())
    return made


@pytest.fixture
def look(machine: Machine, run_module: Callable[..., Outcome]) -> Callable[[], Outcome]:
    """Ask the module."""
    told = {"device": str(machine.disk), "mount_point": str(machine.home), "configurations": str(machine.etc)}
    return lambda: run_module(data_disk_info.main, told)


def test_of_a_disk_that_is_not_there_only_the_others_are_told(look: Callable[[], Outcome], machine: Machine) -> None:
    machine.disk.unlink()
    told = look().result

    assert (told["present"], told["holds"], told["mounted_at"]) == (False, "", [])
    assert told["disks"] == ["/dev/sda (10G)", f"/dev/sdx (20G, {SERIAL})"]


def test_a_file_is_no_disk(machine: Machine, monkeypatch: pytest.MonkeyPatch, look: Callable[[], Outcome]) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", f"{machine.path}:/usr/sbin:/usr/bin:/sbin:/bin")

    assert look().result["present"] is False


def test_a_blank_disk_holds_nothing(look: Callable[[], Outcome]) -> None:
    told = look().result

    assert (told["present"], told["holds"], told["versions"], told["clusters"]) == (True, "", [], [])
    assert told["there"] == ""


def test_the_versions_on_a_filesystem_are_read_without_mounting_it(
    look: Callable[[], Outcome], machine: Machine
) -> None:
    machine.run("mkfs.ext4", "-q", "-F")
    for name in ("17", "9.6", ".ssh", "17-old"):
        machine.run("debugfs", "-w", "-R", f"mkdir {name}")
    told = look().result

    assert told["holds"] == "ext4"
    assert told["versions"] == ["17", "9.6"]


def test_partitions_are_no_blank_disk(look: Callable[[], Outcome], machine: Machine) -> None:
    first = bytes([0, 0, 2, 0, 0x83, 0, 0, 0]) + (1).to_bytes(4, "little") + (1000).to_bytes(4, "little")
    machine.disk.write_bytes(bytes(446) + first + bytes(48) + b"\x55\xaa" + bytes(SIZE - 512))

    assert look().result["holds"] == "partitions (dos)"


def test_what_is_no_filesystem_is_told_by_its_kind(look: Callable[[], Outcome], machine: Machine) -> None:
    machine.run("mkswap")

    assert look().result["holds"] == "swap"


def test_a_mounted_disk_is_read_where_it_is_mounted(look: Callable[[], Outcome], machine: Machine) -> None:
    machine.mounted(str(machine.home))
    machine.cluster("17/main")
    machine.cluster("17/other")
    (machine.etc / "17/main").mkdir(parents=True)
    (machine.etc / "17/main/postgresql.conf").touch()
    told = look().result

    assert told["mounted_at"] == [str(machine.home)]
    assert told["versions"] == ["17"]
    assert told["clusters"] == [
        {"name": "17/main", "owner": getpass.getuser(), "configured": True},
        {"name": "17/other", "owner": getpass.getuser(), "configured": False},
    ]


def test_a_disk_that_can_not_be_read_is_not_taken_for_a_blank_one(
    look: Callable[[], Outcome], machine: Machine
) -> None:
    machine.disk.unlink()
    machine.disk.mkdir()
    outcome = look()

    assert outcome.failed
    assert outcome.message == f"{machine.disk} can't be read: Is a directory"
