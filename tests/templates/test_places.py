"""The service that moves an edge's places, as systemd runs it, and how the environment's wiring has it."""

from __future__ import annotations

import configparser
import re
from typing import Any

import pytest

from tests.templates.by_ansible import ROOT, rendered, value, wired
from tests.templates.test_nginx import HOSTS, MAILROOM

EDGE = {"group_names": ["edge"]}
APP = {"group_names": ["app"]}
BOTH = {"group_names": ["edge", "app"]}
ADDRESSES = ["10.20.0.5", "10.20.0.6"]
APPLICATIONS = [{"name": "mailroom"}, {"name": "guests", "internal_port": 8001, "health_path": "/up"}]


def unit() -> dict[str, dict[str, str]]:
    """Return the unit's sections; of a setting that comes several times the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(rendered("nginx", "etc/systemd/system/slipway-places.service"))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_places_lead_somewhere_before_nginx_sends_requests_to_them() -> None:
    assert (unit()["Unit"]["After"], unit()["Unit"]["Before"]) == ("nftables.service", "nginx.service")
    assert unit()["Service"]["ExecStartPre"] == "/usr/local/sbin/slipway-places --restore"


def test_it_may_change_the_kernels_rules_and_write_to_its_folder_and_nothing_else() -> None:
    service = unit()["Service"]

    assert service["CapabilityBoundingSet"] == "CAP_NET_ADMIN"
    assert (service["ProtectSystem"], service["ReadWritePaths"]) == ("strict", "/var/lib/slipway-places")


def test_it_never_gives_up() -> None:
    assert unit()["Service"]["Restart"] == "always"
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"


def test_every_part_of_the_program_is_laid_down() -> None:
    text = (ROOT / "roles/nginx/vars/main.yml").read_text(encoding="utf-8")
    listed = text.partition("__nginx_places_program:")[2].partition("for name in [")[2].partition("]")[0]
    parts = {path.stem for path in (ROOT / "roles/nginx/files/places").glob("*.py")}

    assert set(re.findall(r"'(\w+)'", listed)) == parts


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"nginx_sites": [{**MAILROOM, "servers": HOSTS}]}, ["slipway-places.service", "nginx.service"]),
        ({"nginx_sites": [{**MAILROOM, "servers": HOSTS}], "nginx_places": 0}, ["nginx.service"]),
        ({"nginx_sites": [MAILROOM]}, ["nginx.service"]),
        ({"nginx_sites": [MAILROOM], "nginx_public": False}, ["nginx.service"]),
    ],
    ids=["edge", "edge without places", "all in one", "app host"],
)
def test_it_runs_where_an_edge_has_no_lanes(more: dict[str, Any], names: list[str]) -> None:
    assert value("nginx", "__nginx_units", **more) == names


def test_the_environment_has_each_application_asked_for_its_health_path() -> None:
    sites = wired("all.yml", "nginx_sites", app_applications=APPLICATIONS, slipway_app_addresses=ADDRESSES, **EDGE)

    assert [(site["ready_path"], site["servers"]) for site in sites] == [
        ("/health/ready", ["10.20.0.5:8000", "10.20.0.6:8000"]),
        ("/up", ["10.20.0.5:8001", "10.20.0.6:8001"]),
    ]


@pytest.mark.parametrize(
    ("groups", "file", "has_places"), [(EDGE, "", True), (APP, "/etc/slipway/drained", False), (BOTH, "", False)]
)
def test_app_hosts_behind_an_edge_can_be_drained_and_edges_without_lanes_have_places(
    groups: dict[str, list[str]],
    file: str,
    has_places: bool,  # noqa: FBT001
) -> None:
    assert (wired("all.yml", "nginx_drained_file", **groups) or "") == file
    assert wired("all.yml", "slipway_has_places", **groups) is has_places
