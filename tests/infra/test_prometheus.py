"""Prometheus: where it listens, what it reads, which rules it has, and whether it reaches Alertmanager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.environment import ROOT
from tests.infra.api import PROMETHEUS, asked, samples
from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]


def rules_in_the_repository(environment: str) -> set[str]:
    """Return the names of every alert and recording rule, those of one environment's objectives among them."""
    rules = ROOT / "monitoring/rules"
    files = [*rules.glob("*.yml"), rules / "slo" / f"{environment}.yml"]
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    return {rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]}


def test_it_is_debians_and_runs_and_comes_back_after_a_reboot(host: Host) -> None:
    assert host.package("prometheus").version.startswith("2.53.")
    assert host.service("prometheus").is_running
    assert host.service("prometheus").is_enabled


def test_it_answers_on_this_host_only(host: Host) -> None:
    assert listening(host, "prometheus") == {("127.0.0.1", 9090)}


def test_it_keeps_what_it_has_for_a_time_and_up_to_a_size(host: Host) -> None:
    flags = asked(host, f"{PROMETHEUS}/api/v1/status/flags")["data"]

    assert flags["storage.tsdb.retention.time"] != "0s"
    assert flags["storage.tsdb.retention.size"] != "0B"


def test_it_has_a_memory_limit_and_knows_it(host: Host) -> None:
    shown = host.check_output("systemctl show prometheus -p MemoryMax,Environment")

    assert "MemoryMax=infinity" not in shown
    assert "GOMEMLIMIT=" in shown


def test_nobody_can_change_or_stop_it_over_the_network(host: Host) -> None:
    flags = asked(host, f"{PROMETHEUS}/api/v1/status/flags")["data"]

    assert (flags["web.enable-lifecycle"], flags["web.enable-admin-api"]) == ("false", "false")


def test_it_took_its_last_configuration(host: Host) -> None:
    (sample,) = samples(host, "prometheus_config_last_reload_successful")

    assert sample["value"][1] == "1"


def test_the_configuration_on_disk_is_one_that_it_takes(host: Host) -> None:
    checked = host.run("promtool check config --lint=all --lint-fatal /etc/prometheus/prometheus.yml")

    assert checked.rc == 0, checked.stdout + checked.stderr


def test_every_rule_of_the_repository_is_loaded_and_healthy(host: Host) -> None:
    groups = asked(host, f"{PROMETHEUS}/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert {rule["name"] for rule in rules} == rules_in_the_repository(
        host.ansible.get_variables()["slipway_environment"]
    )
    assert [rule["name"] for rule in rules if rule["health"] not in ("ok", "unknown")] == []


def test_every_target_but_an_idle_slot_can_be_read(host: Host) -> None:
    targets = asked(host, f"{PROMETHEUS}/api/v1/targets?state=active")["data"]["activeTargets"]
    down = [
        (target["labels"], target["lastError"])
        for target in targets
        if target["health"] == "down" and "slot" not in target["labels"]
    ]

    assert targets
    assert down == []


def test_every_target_is_known_by_its_hosts_name(host: Host) -> None:
    hosts = {str(name) for name in host.ansible.get_variables()["groups"]["all"]}
    targets = asked(host, f"{PROMETHEUS}/api/v1/targets?state=active")["data"]["activeTargets"]

    assert {target["labels"]["instance"] for target in targets} <= hosts


def test_every_host_is_watched(host: Host) -> None:
    hosts = {str(name) for name in host.ansible.get_variables()["groups"]["all"]}

    assert {sample["metric"]["instance"] for sample in samples(host, 'up{job="node"} == 1')} == hosts


def test_it_hands_alerts_to_alertmanager(host: Host) -> None:
    found = asked(host, f"{PROMETHEUS}/api/v1/alertmanagers")["data"]

    assert found["activeAlertmanagers"]
    assert found["droppedAlertmanagers"] == []


def test_it_holds_as_many_series_as_the_host_can_bear(host: Host) -> None:
    (sample,) = samples(host, "prometheus_tsdb_head_series")

    assert float(sample["value"][1]) < 15_000
