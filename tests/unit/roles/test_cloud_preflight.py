"""What the role cloud refuses before it makes anything, with what may be there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.library.simulated_aws import aws_server  # noqa: F401 - a fixture
from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

ALL = ["edge", "app", "db", "monitoring"]
ONE: dict[str, Any] = {"groups": ALL, "count": 1, "type": "t4g.micro", "disk_gb": 10}
DOOR = {"name": "web", "group": "edge", "ports": [443], "from": ["anywhere"]}


def row(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return cloud_hosts with one row, of which some is changed."""
    return {"hosts": {"main": ONE | changed}}


SOUND: dict[str, dict[str, Any]] = {
    "one host": {},
    "a row without hosts for now": {"hosts": {"main": ONE, "app": ONE | {"groups": ["app"], "count": 0}}},
    "private hosts behind a NAT gateway": {
        "hosts": {"main": ONE, "db": ONE | {"groups": ["db"], "subnet": "private"}},
        "nat_gateways": 1,
    },
    "the account that it is": {"account": "123456789012"},
    "doors": {"doors": [DOOR, DOOR | {"from": ["app", "all"]}]},
    "a repository as newer ones say it": {"repository": "acme@1234567/mail@7654321"},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another account": ({"account": "210987654321"}, "These credentials are of account 123456789012"),
    "a network of the world": ({"network": "8.8.0.0/16"}, "cloud_network is 8.8.0.0/16; it must be a private /16"),
    "a smaller network": ({"network": "10.30.0.0/24"}, "it must be a private /16, as in 10.30.0.0/16"),
    "no region": ({"region": "Frankfurt"}, "cloud_region is Frankfurt; it must be a region of AWS"),
    "one zone": ({"zones": ["a"]}, "cloud_zones is a; it must be two letters of the region's zones"),
    "the same zone twice": ({"zones": ["a", "a"]}, "cloud_zones is a, a; it must be two letters"),
    "private hosts without a way out": (
        {"hosts": {"main": ONE, "db": ONE | {"groups": ["db"], "subnet": "private"}}},
        "it may be 0 or 1, and must be 1 where hosts are in a private subnet (production-db-1)",
    ),
    "backups that can't be had back": ({"backup_days": 0}, "each may be 1 to 3650 (days)"),
    "a budget that nobody hears of": ({"budget": 100}, "cloud_budget_usd is 100"),
    "a repository by its address": (
        {"repository": "https://github.com/acme/mail"},
        "it may be empty, or owner/name, or owner@ID/name@ID",
    ),
    "a group without a host": (row(groups=["edge", "app", "db"]), "cloud_hosts has no host in monitoring"),
    "a group that isn't": (row(groups=[*ALL, "cache"]), "cache as a group; the groups are edge, app, db, monitoring"),
    "a name that no host can bear": ({"hosts": {"main": ONE, "App_1": ONE}}, "App_1 as the name of a row"),
    "too many hosts": (row(count=21), "21 as counts; each may be 0 to 20"),
    "a number that is a text": (row(count="two"), "two as counts; each may be 0 to 20"),
    "two architectures": (
        {"hosts": {"main": ONE, "app": ONE | {"type": "t3.micro"}}},
        "all must be instance types of one architecture",
    ),
    "no instance type": (row(type="small"), "small as types; all must be instance types"),
    "a disk that Debian doesn't fit on": (row(disk_gb=4), "4 as disk_gb; each must be 8 or more (GiB)"),
    "an edge that nobody reaches": (
        row(subnet="private") | {"nat_gateways": 1},
        "each is public or private, and the edge hosts are public",
    ),
    "nobody who may log in": ({"admins": []}, "cloud_admin_addresses is empty; it must name the networks"),
    "everybody who may log in": ({"admins": ["0.0.0.0/0"]}, "none may be wider than /8"),
    "an address without its length": ({"admins": ["203.0.113.7"]}, "each must be an IPv4 network with its length"),
    "a door for nobody": (
        {"doors": [DOOR | {"from": ["cache"]}]},
        "cloud_doors: web is for cache; a door is for groups",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, aws_server: str) -> dict[str, str]:  # noqa: F811
    """Return what the role said of each case, asked in one run."""
    folder: Path = tmp_path_factory.mktemp("refusals")
    cases = SOUND | {label: wrong for label, (wrong, _) in WRONG.items()}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", aws_server)
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        return ask("cloud", cases, folder, hosts={"main": ONE})


@pytest.mark.parametrize("label", SOUND)
def test_what_is_sound_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_can_not_be_is_refused_with_what_may_be(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]
