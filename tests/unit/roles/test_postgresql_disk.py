"""What the role postgresql refuses of the disk that its data is to lie on: nothing is ever overwritten or hidden."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

HOME = "/var/lib/postgresql"
BLANK: dict[str, Any] = {
    "present": True,
    "disks": ["/dev/sda (10G)", "/dev/sdx (20G, vol0123)"],
    "holds": "",
    "mounted_at": [],
    "there": "",
    "versions": [],
    "clusters": [],
}
OLD = {"name": "17/main", "owner": "postgres", "configured": True}
IN_USE = {"holds": "ext4", "mounted_at": [HOME], "there": "/dev/sdx", "versions": ["17"], "clusters": [OLD]}
TAKEN: dict[str, dict[str, Any]] = {
    "a blank disk": {},
    "a disk in use": IN_USE,
    "a disk of a host that is no more": {"holds": "ext4", "versions": ["17"]},
    "a disk with a filesystem and nothing in it": {"holds": "ext4"},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no path of a device": ({"device": "sdx"}, "postgresql_data_device is sdx; it must be a path under /dev, as in"),
    "a way out of /dev": ({"device": "/dev/../etc/passwd"}, "it must be a path under /dev"),
    "a path with more than a path": ({"device": "/dev/sdx /dev/sdy"}, "it must be a path under /dev"),
    "a disk that this machine hasn't": (
        {"device": "/dev/disk/by-id/nowhere"},
        "found no disk /dev/disk/by-id/nowhere; this host has",
    ),
    "a disk that isn't there": (
        {"present": False},
        "found no disk /dev/sdx; this host has /dev/sda (10G), /dev/sdx (20G, vol0123). Attach it, in AWS with `make",
    ),
    "a filesystem of another kind": (
        {"holds": "xfs"},
        "found xfs on /dev/sdx. It must be blank, or have the ext4 that Slipway made.",
    ),
    "partitions": ({"holds": "partitions (gpt)"}, "found partitions (gpt) on /dev/sdx. It must be blank"),
    "a disk that is mounted elsewhere": (
        {"holds": "ext4", "mounted_at": ["/srv"]},
        f"found /dev/sdx mounted at /srv. It must be free for {HOME}. Unmount it",
    ),
    "another disk in its place": (
        {"there": "/dev/sdz", "holds": "ext4"},
        f"found /dev/sdz mounted at {HOME}. postgresql_data_device is /dev/sdx. Name the disk that is mounted",
    ),
    "data of an older PostgreSQL": (
        {"holds": "ext4", "versions": ["16"]},
        "found data of PostgreSQL 16 on /dev/sdx. Slipway runs PostgreSQL 17. Move the data with pg_upgradecluster",
    ),
    "data on the root disk, which a blank one would hide": (
        {"clusters": [OLD]},
        "Move it, then converge: `systemctl stop postgresql`, `mkfs.ext4 -m 0 /dev/sdx`, `mount /dev/sdx /mnt`, `cp -a",
    ),
    "data on the root disk, beside a disk that has a filesystem": (
        {"holds": "ext4", "clusters": [OLD]},
        "converge: `systemctl stop postgresql`, `mount /dev/sdx /mnt`, `cp -a /var/lib/postgresql/. /mnt`",
    ),
    "data on both": (
        {"holds": "ext4", "versions": ["17"], "clusters": [OLD]},
        f"found data in {HOME}/17/main, not on /dev/sdx but also there. Mounted over it, the disk would hide it. Find",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases = TAKEN | {label: wrong for label, (wrong, _) in WRONG.items()}
    return ask("postgresql_disk", cases, tmp_path_factory.mktemp("said"), blank=BLANK)


@pytest.mark.parametrize("label", TAKEN)
def test_a_disk_that_can_be_used_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_a_disk_that_can_not_be_used_is_refused_with_what_to_do(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in " ".join(said[label].split())
