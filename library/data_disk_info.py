#!/usr/bin/python
"""Ansible module that tells what is on a disk that PostgreSQL's data is to lie on, before anything is done to it."""

from __future__ import annotations

import json
import pwd
import re
import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: data_disk_info
short_description: Tell what is on a disk for PostgreSQL's data, and what is where it belongs
description:
  - Reads the disk itself, not what udev or a cache once knew of it, so that a disk is called blank only when it is. A
    filesystem that isn't mounted is read as it lies there, without mounting it.
  - Changes nothing.
options:
  device:
    description: The disk, by any of its names under /dev.
    type: path
    required: true
  mount_point:
    description: Where it belongs.
    type: path
    required: true
  configurations:
    description: Where Debian keeps the configuration of clusters.
    type: path
    default: /etc/postgresql
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
"""

EXAMPLES = r"""
- name: See what is on the disk
  data_disk_info:
    device: /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0_1
    mount_point: /var/lib/postgresql
  register: disk
"""

RETURN = r"""
present:
  description: Whether there is such a block device.
  returned: always
  type: bool
disks:
  description: The host's disks, for people.
  returned: always
  type: list
  elements: str
  sample: ["/dev/nvme0n1 (10G)", "/dev/nvme1n1 (20G, vol0123456789abcdef0)"]
holds:
  description: The kind of filesystem on it, or what else it holds; empty for a blank disk.
  returned: always
  type: str
  sample: ext4
mounted_at:
  description: Where it, or a partition of it, is mounted.
  returned: always
  type: list
  elements: str
there:
  description: What is mounted at the mount point; empty for nothing.
  returned: always
  type: str
versions:
  description: The major versions of PostgreSQL that have a folder on the disk. Of filesystems other than ext's, none.
  returned: always
  type: list
  elements: str
  sample: ["17"]
clusters:
  description:
    - The clusters that the mount point has now, be they on this disk or on the one below, each with its C(name), as in
      17/main, the C(owner) of its data (a user's name, or a number that is nobody's) and whether it is C(configured).
  returned: always
  type: list
  elements: dict
"""

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)?")
_LISTED = re.compile(r"^/\d+/\d+/\d+/\d+/([^/]+)/", re.MULTILINE)  # inode, mode, owner, group, name
_NOTHING, _SEVERAL = 2, 8  # blkid's exit codes (man 8 blkid)


class Disk:
    """A disk, as the host's own tools tell of it."""

    def __init__(self, module: AnsibleModule) -> None:
        """Nothing is read yet."""
        self._module = module
        self._device: str = module.params["device"]
        self._mount_point = Path(module.params["mount_point"])

    def present(self) -> bool:
        """Whether it is there."""
        try:
            return stat.S_ISBLK(Path(self._device).stat().st_mode)
        except OSError:
            return False

    def _tell(self, *command: str, good: tuple[int, ...] = (0,)) -> tuple[int, str]:
        """Run a tool of the host; return its exit code and what it printed."""
        program = self._module.get_bin_path(command[0], required=True)
        code, out, err = self._module.run_command([program, *command[1:]], environ_update={"LC_ALL": "C.UTF-8"})
        if code not in good:
            self._module.fail_json(msg=f"`{' '.join(command)}` failed ({code}): {(err or out).strip()}")
        return code, out

    def disks(self) -> list[str]:
        """Return the host's disks."""
        _, said = self._tell("lsblk", "--json", "--nodeps", "--paths", "--output", "NAME,SIZE,SERIAL")
        rows = [row for row in json.loads(said)["blockdevices"] if row["size"] != "0B"]
        return sorted(f"{row['name']} ({', '.join(filter(None, (row['size'], row['serial'])))})" for row in rows)

    def _read(self) -> None:
        """Fail where the disk can't be read: blkid finds nothing on such a one, as on a blank one."""
        try:
            with Path(self._device).open("rb") as disk:
                disk.read(4096)
        except OSError as error:
            self._module.fail_json(msg=f"{self._device} can't be read: {error.strerror}")

    def holds(self) -> str:
        """Return what is on it."""
        self._read()
        code, said = self._tell("blkid", "-p", "-o", "export", self._device, good=(0, _NOTHING, _SEVERAL))
        if code == _SEVERAL:
            return "traces of several filesystems"
        found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        if "TYPE" not in found and "PTTYPE" in found:
            return f"partitions ({found['PTTYPE']})"
        return found.get("TYPE", "")

    def mounted_at(self) -> list[str]:
        """Return where it is mounted."""
        _, said = self._tell("lsblk", "--json", "--list", "--output", "MOUNTPOINTS", self._device)
        found = {point for row in json.loads(said)["blockdevices"] for point in row["mountpoints"] if point}
        return sorted(found)

    def there(self) -> str:
        """Return what is mounted at the mount point."""
        _, said = self._tell(
            "findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", str(self._mount_point), good=(0, 1)
        )
        return said.strip()

    def versions(self, holds: str, mounted_at: list[str]) -> list[str]:
        """Return the versions that have a folder on it."""
        if str(self._mount_point) in mounted_at:
            names = [path.name for path in self._mount_point.iterdir()]
        elif holds.startswith("ext"):
            _, said = self._tell("debugfs", "-R", "ls -p /", self._device)
            names = _LISTED.findall(said)
        else:
            names = []
        return sorted(name for name in names if _VERSION.fullmatch(name))

    def clusters(self) -> list[dict[str, Any]]:
        """Return the clusters at the mount point."""
        found = []
        for path in sorted(self._mount_point.glob("*/*/PG_VERSION")):
            name = f"{path.parent.parent.name}/{path.parent.name}"
            configuration = Path(self._module.params["configurations"]) / name / "postgresql.conf"
            found.append({"name": name, "owner": _owner(path), "configured": configuration.exists()})
        return found

    def tell(self) -> dict[str, Any]:
        """Return all that is known of it."""
        present = self.present()
        holds = self.holds() if present else ""
        mounted_at = self.mounted_at() if present else []
        return {
            "present": present,
            "disks": self.disks(),
            "holds": holds,
            "mounted_at": mounted_at,
            "there": self.there(),
            "versions": self.versions(holds, mounted_at) if present else [],
            "clusters": self.clusters(),
        }


def _owner(path: Path) -> str:
    """Return whose a file is."""
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "device": {"type": "path", "required": True},
            "mount_point": {"type": "path", "required": True},
            "configurations": {"type": "path", "default": "/etc/postgresql"},
        },
        supports_check_mode=True,
    )
    module.exit_json(changed=False, **Disk(module).tell())


if __name__ == "__main__":
    main()
