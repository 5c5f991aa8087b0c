"""Alertmanager: where it listens, who may read whom it writes to, and whether it hears the Watchdog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.api import ALERTMANAGER, asked
from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]

CONFIGURATION = "/etc/prometheus/alertmanager.yml"
SECRETS = "/etc/slipway/alertmanager"


def test_it_is_debians_and_runs_and_comes_back_after_a_reboot(host: Host) -> None:
    assert host.package("prometheus-alertmanager").version.startswith("0.28.")
    assert host.service("prometheus-alertmanager").is_running
    assert host.service("prometheus-alertmanager").is_enabled


def test_it_answers_on_this_host_only_and_looks_for_no_others(host: Host) -> None:
    assert {(where, port) for where, port in listening(host) if port in (9093, 9094)} == {("127.0.0.1", 9093)}


def test_the_configuration_on_disk_is_one_that_it_takes(host: Host) -> None:
    checked = host.run("amtool check-config %s", CONFIGURATION)

    assert checked.rc == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("severity=page", "page"),
        ("severity=ticket", "ticket"),
        ("severity=info", "info"),
        ("alertname=Watchdog severity=info", "watchdog"),
        ("alertname=SlotReleasing severity=info", "nobody"),
        ("severity=unheard-of", "ticket"),
    ],
)
def test_an_alert_goes_where_its_severity_says(host: Host, labels: str, receiver: str) -> None:
    routed = host.run(f"amtool config routes test --config.file={CONFIGURATION} --verify.receivers={receiver} {labels}")

    assert routed.rc == 0, routed.stdout + routed.stderr


def test_root_alone_can_read_where_notifications_go(host: Host) -> None:
    names = host.file(SECRETS).listdir()
    files = [host.file(f"{SECRETS}/{name}") for name in names]

    assert host.file(SECRETS).mode == 0o700
    assert names
    assert {(file.user, file.group, file.mode) for file in files} == {("root", "root", 0o600)}


def test_systemd_hands_alertmanager_exactly_these_secrets(host: Host) -> None:
    handed = host.file("/run/credentials/prometheus-alertmanager.service").listdir()

    assert sorted(handed) == sorted(host.file(SECRETS).listdir())


def test_no_secret_stands_in_a_configuration_or_on_a_command_line(host: Host) -> None:
    look = (
        "import pathlib,sys;secrets=[file.read_bytes().strip() for file in pathlib.Path(sys.argv[1]).iterdir()];"
        "files=[pathlib.Path(sys.argv[2]),*pathlib.Path('/proc').glob('[0-9]*/cmdline')];"
        "print(all(secrets),sum(secret in file.read_bytes() for file in files for secret in secrets))"
    )

    found = host.check_output("python3 -c %s %s %s", look, SECRETS, CONFIGURATION)

    assert found == "True 0"


def test_the_watchdog_arrives(host: Host) -> None:
    alerts = asked(host, f"{ALERTMANAGER}/api/v2/alerts?filter=alertname%3DWatchdog")

    assert [alert["status"]["state"] for alert in alerts] == ["active"]
    assert [receiver["name"] for receiver in alerts[0]["receivers"]] == ["watchdog"]


def test_every_alert_says_in_which_environment_it_is(host: Host) -> None:
    environment = host.ansible.get_variables()["slipway_environment"]
    alerts = asked(host, f"{ALERTMANAGER}/api/v2/alerts")

    assert {alert["labels"].get("environment") for alert in alerts} == {environment}
