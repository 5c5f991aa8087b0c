"""Grafana: what lies ready for it on every monitoring host, and the server itself where it could be installed."""

from __future__ import annotations

import configparser
import json
from typing import TYPE_CHECKING

import pytest

from tests.environment import ROOT
from tests.infra.api import asked
from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]

FOLDER = "/etc/slipway/grafana"


@pytest.fixture
def server(host: Host) -> Host:
    """Return the host if Grafana is on it."""
    if not host.package("grafana").is_installed:
        pytest.skip("Grafana's package isn't installed: its repository could not be reached from this host")
    return host


def configuration(host: Host) -> configparser.RawConfigParser:
    """Return Grafana's settings."""
    parser = configparser.RawConfigParser()
    parser.read_string(host.file(f"{FOLDER}/grafana.ini").content_string)
    return parser


def address(host: Host) -> str:
    """Return the one address on which Grafana is to listen: loopback, or where the edge hosts reach it."""
    variables = host.ansible.get_variables()
    here = variables["groups"]["edge"] == variables["groups"]["monitoring"]
    return "127.0.0.1" if here else str(variables["ansible_host"])


def test_it_is_meant_to_listen_on_one_address_under_a_path_behind_nginx(host: Host) -> None:
    server = configuration(host)["server"]

    assert (server["http_addr"], server["http_port"]) == (address(host), "3000")
    assert server["root_url"].endswith("/grafana/")
    assert server["serve_from_sub_path"] == "true"


def test_nobody_gets_in_without_logging_in_or_makes_an_account(host: Host) -> None:
    settings = configuration(host)

    assert settings["auth.anonymous"]["enabled"] == "false"
    assert settings["users"]["allow_sign_up"] == "false"


def test_the_administrators_password_is_readable_by_root_alone(host: Host) -> None:
    file = host.file(f"{FOLDER}/admin_password")

    assert (file.user, file.group, file.mode) == ("root", "root", 0o600)
    assert configuration(host)["security"]["admin_password"].startswith("$__file{/run/credentials/")


def test_it_finds_prometheus_and_alertmanager(host: Host) -> None:
    sources = json.loads(host.file(f"{FOLDER}/provisioning/datasources/slipway.yaml").content_string)["datasources"]

    assert {source["uid"] for source in sources} - {"loki"} == {"prometheus", "alertmanager"}
    for source in sources:
        assert host.run("curl --silent --fail --max-time 10 %s/-/ready", source["url"]).rc == 0


def test_it_finds_every_dashboard_as_it_is_in_the_repository(host: Host) -> None:
    provider = json.loads(host.file(f"{FOLDER}/provisioning/dashboards/slipway.yaml").content_string)["providers"][0]
    files = (ROOT / "monitoring/dashboards/generated").glob("*.json")
    wanted = {path.name: path.read_text(encoding="utf-8") for path in files}
    names = host.file(provider["options"]["path"]).listdir()

    assert {name: host.file(f"{provider['options']['path']}/{name}").content_string for name in names} == wanted


def test_the_server_is_healthy_and_on_that_address_only(server: Host) -> None:
    assert server.service("grafana-server").is_running
    assert server.service("grafana-server").is_enabled
    assert {where for where, port in listening(server) if port == 3000} == {address(server)}
    assert asked(server, f"http://{address(server)}:3000/grafana/api/health")["database"] == "ok"


def test_the_servers_memory_and_processor_are_bounded(server: Host) -> None:
    shown = server.check_output("systemctl show grafana-server -p MemoryMax,CPUQuotaPerSecUSec,ProtectSystem")
    settings = dict(line.split("=", 1) for line in shown.splitlines())

    assert int(settings["MemoryMax"]) <= 4096 * 2**20
    assert settings["CPUQuotaPerSecUSec"] != "infinity"
    assert settings["ProtectSystem"] == "strict"


def test_the_server_refuses_who_has_not_logged_in(server: Host) -> None:
    status = "curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}'"

    assert server.check_output(f"{status} http://{address(server)}:3000/grafana/api/search") == "401"


def test_the_package_came_from_grafana_and_nothing_else_does(server: Host) -> None:
    policy = server.check_output("apt-cache policy grafana alloy")

    assert "grafana.com" in policy.split("alloy:")[0]
    assert "Candidate: (none)" in policy.split("alloy:")[-1] or "alloy:" not in policy
