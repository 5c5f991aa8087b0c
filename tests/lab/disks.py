"""Disks that are attached to hosts, as EBS volumes are: sparse files of the lab, on loop devices of the machine.

A host sees one where a Nitro instance has it: at once when it runs, and at each boot (`root.disks`).
Which disks a host has is said by links in a folder beside its file system, which the host has as /dev/disk/by-id.
"""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from tests.lab import root
from tests.lab.command import need, run, succeeds
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.lab.process import PROC

_GIB = 1 << 30
_MODE = 0o660 | stat.S_IFBLK


def link_names(volume: str) -> tuple[str, str]:
    """Return what udev calls the disk of an EBS volume: by its model and its serial, which is the volume's id.

    With the namespace's number, and as of old without (systemd 257, 60-persistent-storage.rules).
    """
    name = f"nvme-Amazon_Elastic_Block_Store_{volume.replace('-', '')}"
    return f"{name}_1", name


def folder(lab: Lab) -> Path:
    """Return where the disks' files are; no host can have this name."""
    return lab.roots / ".disks"


def loops(lab: Lab) -> dict[str, Path]:
    """Return the loop devices of a lab's disks by the disks' ids, also of files that somebody deleted."""
    if not succeeds(["losetup", "--version"]):  # then nobody made any
        return {}
    listed = run(["losetup", "--list", "--json", "--output", "NAME,BACK-FILE"])
    rows = json.loads(listed)["loopdevices"] if listed.strip() else []
    paths = {Path(row["name"]): Path((row["back-file"] or "").removesuffix(" (deleted)")) for row in rows}
    return {path.name: device for device, path in paths.items() if path.parent == folder(lab)}


def attach(lab: Lab, volume: str, gb: int) -> Path:
    """Return the loop device of a disk of `gb` GiB; make it, or let it grow to that, where it takes it."""
    need("losetup")
    path = folder(lab) / volume
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("ab"):
        grown = path.stat().st_size < gb * _GIB
    if grown:
        os.truncate(path, gb * _GIB)
    device = loops(lab).get(volume)
    if device is None:
        return Path(run(["losetup", "--find", "--show", path]).strip())
    if grown:
        run(["losetup", "--set-capacity", device])
    return device


def delete(lab: Lab, volume: str) -> None:
    """Delete a disk. Where it is still in use, the kernel frees the loop device as soon as it isn't."""
    device = loops(lab).get(volume)
    if device is not None:
        run(["losetup", "--detach", device])
    (folder(lab) / volume).unlink(missing_ok=True)


def release(lab: Lab) -> None:
    """Delete all disks of a lab."""
    for volume in loops(lab):
        delete(lab, volume)


def link(host: Host, wanted: Mapping[str, Path]) -> None:
    """Let a host have disks, and no others.

    Args:
        host: it runs, or not yet.
        wanted: the loop devices by the disks' ids.

    Raises:
        LabError: the host is between two boots.
    """
    links = root.links(host.folder)
    links.mkdir(parents=True, exist_ok=True)
    names = {name: f"../../{device.name}" for volume, device in wanted.items() for name in link_names(volume)}
    if host.status() is not None:
        devices = PROC / str(host.init) / "root/dev"
        for device in wanted.values():
            _node(devices / device.name, device.stat().st_rdev)
    for old in links.iterdir():
        if names.get(old.name) != str(old.readlink()):
            old.unlink()
    for name, target in names.items():
        if not (links / name).is_symlink():
            (links / name).symlink_to(target)


def _node(path: Path, number: int) -> None:
    """Make a device's node in a running host."""
    try:
        if path.exists() and path.stat().st_rdev == number:
            return
        path.unlink(missing_ok=True)
        os.mknod(path, _MODE, number)
    except OSError as error:
        raise LabError(f"can't make {path.name} in the host: {error}") from error
