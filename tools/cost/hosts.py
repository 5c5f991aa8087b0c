"""The hosts of environments on EC2, as inventories/<environment>/group_vars/all/cloud.yml has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.cost.prices import ROOT, CostError

FILE = "group_vars/all/cloud.yml"
SUBNETS = ("public", "private")


@dataclass(frozen=True)
class Host:
    """Hosts of one description.

    Attributes:
        name: what they are called together.
        count: how many there are.
        type: the EC2 instance type.
        disk_gb: GB of all disks of one of them.
        public: whether each has a public IPv4 address.
    """

    name: str
    count: int
    type: str
    disk_gb: int
    public: bool


@dataclass(frozen=True)
class Environment:
    """What an environment has at Amazon."""

    name: str
    region: str
    hosts: Sequence[Host]
    nat_gateways: int


def environments(folder: Path = ROOT / "inventories") -> dict[str, Environment]:
    """Return the environments that say what they have at Amazon, by name; `local` doesn't.

    Raises:
        CostError: one says something that can't be.
    """
    found = {}
    for file in sorted(folder.glob(f"*/{FILE}")):
        name = file.relative_to(folder).parts[0]
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        found[name] = parse(name, said or {}, f"{folder.name}/{name}/{FILE}")
    return found


def parse(name: str, said: Mapping[str, Any], where: str) -> Environment:
    """Return an environment from what is said of it; `where` is the file, for messages.

    Raises:
        CostError: something is missing, or is not what it must be.
    """
    region, hosts = said.get("cloud_region"), said.get("cloud_hosts")
    if not isinstance(region, str):
        raise CostError(f"{where}: cloud_region is {region!r}; it must be a region such as eu-central-1")
    if not isinstance(hosts, Mapping) or not hosts:
        raise CostError(f"{where}: cloud_hosts is {hosts!r}; it must name at least one host")
    gateways = _whole(said, "cloud_nat_gateways", where, default=0)
    return Environment(
        name, region, [_host(host, one, f"{where}: cloud_hosts: {host}") for host, one in hosts.items()], gateways
    )


def _host(name: str, said: Mapping[str, Any], where: str) -> Host:
    kind, subnet = said.get("type"), said.get("subnet")
    if not isinstance(kind, str):
        raise CostError(f"{where}: type is {kind!r}; it must be an instance type such as t4g.small")
    if subnet not in SUBNETS:
        raise CostError(f"{where}: subnet is {subnet!r}; it must be {' or '.join(SUBNETS)}")
    disk = _whole(said, "disk_gb", where) + _whole(said, "data_disk_gb", where, default=0)
    public = subnet == "public" or bool(said.get("elastic_ip"))
    return Host(name, _whole(said, "count", where, default=1), kind, disk, public)


def _whole(said: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
    value = said.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CostError(f"{where}: {key} is {value!r}; it must be a whole number, 0 or more")
    return value
