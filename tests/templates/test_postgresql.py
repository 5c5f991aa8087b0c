"""Where PostgreSQL's data lies: what AWS tells of a host's disks leads to a device, and the device to a mount."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.templates.by_ansible import rendered, wired

VOLUME = {"device_name": "/dev/sdf", "ebs": {"volume_id": "vol-0123456789abcdef0"}}
ROOT_DISK = {"device_name": "/dev/xvda", "ebs": {"volume_id": "vol-0fedcba9876543210"}}
BY_ID = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0_1"
ROWS = {"app": {"count": 2}, "db": {"count": 1, "data_disk_gb": 20}}


def device(kind: str = "db", of_type: str = "t4g.small", disks: list[dict[str, Any]] | None = None) -> str:
    """Return the device of a host in AWS."""
    facts = {"ec2_block_device_mappings": disks or [], "ec2_instance_type": of_type, "ec2_tags": {"Kind": kind}}
    return str(wired("all.yml", "postgresql_data_device", cloud_hosts=ROWS, **facts))


@pytest.mark.parametrize(
    ("of_type", "path"),
    [
        ("t4g.small", BY_ID),
        ("m7g.large", BY_ID),
        ("t3.micro", BY_ID),
        ("i3en.large", BY_ID),
        ("i3.metal", BY_ID),
        ("p3dn.24xlarge", BY_ID),
        ("t2.micro", "/dev/xvdf"),
        ("m4.large", "/dev/xvdf"),
        ("i3.large", "/dev/xvdf"),
    ],
)
def test_the_volume_is_found_under_the_name_that_the_instance_gives_it(of_type: str, path: str) -> None:
    assert device(of_type=of_type, disks=[ROOT_DISK, VOLUME]) == path


def test_a_volume_that_should_be_there_and_is_not_is_no_root_disk() -> None:
    assert device(disks=[ROOT_DISK]) == "/dev/sdf"


def test_a_host_without_a_disk_of_its_own_keeps_the_data_on_the_root_disk() -> None:
    assert device(kind="app", disks=[ROOT_DISK]) == ""


def test_hosts_that_are_not_in_aws_have_none() -> None:
    assert wired("all.yml", "postgresql_data_device") in ("", None)


def test_systemd_takes_the_unit_of_the_mount() -> None:
    unit = rendered("postgresql", "etc/systemd/system/var-lib-postgresql.mount", postgresql_data_device=BY_ID)
    escaped = subprocess.run(
        ["systemd-escape", "--path", "--template=systemd-fsck@.service", BY_ID],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"What={BY_ID}\nWhere=/var/lib/postgresql\n" in unit
    assert f"After={escaped.stdout.strip()}\n" in unit
