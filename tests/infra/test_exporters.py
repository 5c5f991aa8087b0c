"""The exporters: which of them run where, whom they answer, what they may do and what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.api import metrics
from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://all"]

# Exporter: the groups whose hosts have it, its port, and a metric that says that it reached what it measures.
EXPORTERS = {
    "node": ({"all"}, 9100, "node_systemd_units"),
    "postgres": ({"db"}, 9187, "pg_stat_checkpointer_num_timed_total"),
    "redis": ({"db"}, 9121, "redis_memory_used_bytes"),
    "nginx": ({"edge", "app"}, 9113, "nginx_connections_active"),
    "blackbox": ({"monitoring"}, 9115, "blackbox_module_unknown_total"),
    "mtail": ({"edge"}, 3903, "mtail_log_lines_total"),
}
HARDENED = "NoNewPrivileges,ProtectSystem,ProtectHome,PrivateTmp,CapabilityBoundingSet"


def wanted(host: Host) -> list[str]:
    """Return the exporters that this host's groups ask for."""
    groups = {"all", *host.ansible.get_variables()["group_names"]}
    return [name for name, (where, _, _) in EXPORTERS.items() if where & groups]


def address(host: Host) -> str:
    """Return the address on which this host's exporters answer."""
    return str(host.ansible.get_variables()["slipway_metrics_address"])


def unit(name: str) -> str:
    """Return what package and unit are called."""
    return "mtail" if name == "mtail" else f"prometheus-{name}-exporter"


def test_each_exporter_that_belongs_here_runs_and_comes_back_after_a_reboot(host: Host) -> None:
    missing = [
        name
        for name in wanted(host)
        if not (host.service(unit(name)).is_running and host.service(unit(name)).is_enabled)
    ]

    assert missing == []


def test_none_runs_that_does_not_belong_here(host: Host) -> None:
    others = sorted(set(EXPORTERS) - set(wanted(host)))

    assert [name for name in others if host.package(unit(name)).is_installed] == []


def test_each_listens_on_the_one_address_for_metrics(host: Host) -> None:
    ports = {port for _, port, _ in EXPORTERS.values()}
    found = {(where, port) for where, port in listening(host) if port in ports}

    assert found == {(address(host), EXPORTERS[name][1]) for name in wanted(host)}


@pytest.mark.parametrize("name", EXPORTERS)
def test_it_tells_what_it_is_for(host: Host, name: str) -> None:
    if name not in wanted(host):
        pytest.skip(f"this host's groups have no {name} exporter")
    _, port, metric = EXPORTERS[name]

    assert metric in metrics(host, f"http://{address(host)}:{port}/metrics")


@pytest.mark.parametrize("name", EXPORTERS)
def test_its_unit_is_hardened_and_bounded(host: Host, name: str) -> None:
    if name not in wanted(host):
        pytest.skip(f"this host's groups have no {name} exporter")
    shown = host.check_output(f"systemctl show %s -p {HARDENED},MemoryMax,User", unit(name)).splitlines()
    settings = dict(line.split("=", 1) for line in shown)

    assert int(settings.pop("MemoryMax")) <= 512 * 2**20
    assert settings == {
        "CapabilityBoundingSet": "",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "ProtectHome": "yes",
        "ProtectSystem": "strict",
        "User": "mtail" if name == "mtail" else "prometheus",
    }


def test_no_password_stands_on_a_command_line_or_in_an_environment(host: Host) -> None:
    if "redis" not in wanted(host):
        pytest.skip("only the Redis exporter has a password")
    look = (
        "import json,pathlib,sys;"
        "secret=next(iter(json.load(open(sys.argv[1])).values())).encode();"
        "processes=[p for p in pathlib.Path('/proc').glob('[0-9]*') if b'exporter' in (p/'cmdline').read_bytes()];"
        "print(len(processes),sum(secret in (p/n).read_bytes() for p in processes for n in ('cmdline','environ')))"
    )
    file = "/etc/prometheus/redis-exporter-passwords.json"
    # The process that looks names no secret itself, only the file.
    processes, found = host.check_output("python3 -c %s %s", look, file).split()

    assert int(processes) >= 2
    assert found == "0"
    assert (host.file(file).user, host.file(file).mode) == ("root", 0o600)


def test_postgresql_is_asked_without_a_password(host: Host) -> None:
    if "postgres" not in wanted(host):
        pytest.skip("this host's groups have no postgres exporter")
    environment = host.check_output("systemctl show prometheus-postgres-exporter -p Environment")

    assert "host=/var/run/postgresql" in environment
    assert "password" not in environment


def test_others_can_leave_figures_for_the_node_exporter(host: Host) -> None:
    assert host.file("/var/lib/prometheus/node-exporter").is_directory


def test_of_all_logs_mtail_sees_nginxs_alone_and_may_not_write_there(host: Host) -> None:
    if "mtail" not in wanted(host):
        pytest.skip("this host's groups have no mtail")
    pid = host.check_output("systemctl show mtail -p MainPID --value")
    inside = f"nsenter --target {pid} --mount"

    assert host.check_output(f"{inside} ls /var/log").split() == ["nginx"]
    assert host.run(f"{inside} touch /var/log/nginx/access.log").rc != 0


def test_every_host_tells_whether_it_waits_for_a_reboot(host: Host) -> None:
    told = metrics(host, f"http://{address(host)}:9100/metrics")

    assert host.service("slipway-host-metrics.timer").is_running
    assert host.service("slipway-host-metrics.timer").is_enabled
    assert {"slipway_reboot_required_since_seconds", "slipway_textfile_interval_seconds"} <= set(told)


def test_whoever_makes_a_backup_can_leave_word_of_it(host: Host) -> None:
    folder = host.file("/var/lib/slipway/backups")

    assert folder.is_directory
    assert (folder.user, folder.mode) == ("root", 0o755)


def test_what_tells_it_may_write_that_file_and_nothing_else(host: Host) -> None:
    shown = host.check_output(f"systemctl show slipway-host-metrics.service -p {HARDENED},PrivateNetwork,Result")
    settings = dict(line.split("=", 1) for line in shown.splitlines())

    assert settings == {
        "CapabilityBoundingSet": "",
        "NoNewPrivileges": "yes",
        "PrivateNetwork": "yes",
        "PrivateTmp": "yes",
        "ProtectHome": "yes",
        "ProtectSystem": "strict",
        "Result": "success",
    }
