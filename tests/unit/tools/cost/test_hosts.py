"""What an environment has at Amazon is read from its inventory, and refused where it can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.unit.tools.cost.made import ONE, environment
from tools.cost.hosts import environments
from tools.cost.prices import CostError

if TYPE_CHECKING:
    from pathlib import Path

HOST: dict[str, Any] = ONE["cloud_hosts"]["host"]


def test_environments_are_those_that_say_what_they_have_at_amazon(tmp_path: Path) -> None:
    file = tmp_path / "staging/group_vars/all/cloud.yml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(ONE))
    (tmp_path / "local/group_vars/all").mkdir(parents=True)

    assert environments(tmp_path) == {"staging": environment("staging")}


def test_an_empty_file_is_refused_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "inventories/staging/group_vars/all/cloud.yml"
    file.parent.mkdir(parents=True)
    file.write_text("---\n")

    with pytest.raises(CostError, match=r"^inventories/staging/group_vars/all/cloud.yml: cloud_region is None;"):
        environments(tmp_path / "inventories")


def test_a_host_is_one_if_it_does_not_say_how_many() -> None:
    assert environment(cloud_hosts={"host": {**HOST, "count": 1}}).hosts == environment().hosts


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("type", None, "type is None; it must be an instance type such as t4g.small"),
        ("subnet", "dmz", "subnet is 'dmz'; it must be public or private"),
        ("count", -1, "count is -1; it must be a whole number, 0 or more"),
        ("count", True, "count is True; it must be a whole number, 0 or more"),
        ("disk_gb", None, "disk_gb is None; it must be a whole number, 0 or more"),
        ("data_disk_gb", "{{ size }}", "data_disk_gb is '{{ size }}'; it must be a whole number, 0 or more"),
    ],
)
def test_a_host_that_can_not_be_is_refused_by_its_name(key: str, value: object, message: str) -> None:
    with pytest.raises(CostError) as refused:
        environment(cloud_hosts={"db": {**HOST, key: value}})

    assert str(refused.value) == f"inventories/production/cloud.yml: cloud_hosts: db: {message}"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("cloud_region", None, "cloud_region is None; it must be a region such as eu-central-1"),
        ("cloud_hosts", {}, "cloud_hosts is {}; it must name at least one host"),
        ("cloud_nat_gateways", "one", "cloud_nat_gateways is 'one'; it must be a whole number, 0 or more"),
    ],
)
def test_an_environment_that_can_not_be_is_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(CostError) as refused:
        environment("production", **{key: value})

    assert str(refused.value) == f"inventories/production/cloud.yml: {message}"
