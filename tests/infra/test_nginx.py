"""nginx as it stands on every edge host: package, process, files, doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://edge"]

KEY = "/etc/nginx/tls/site.key"
SERVED = "/etc/nginx/served"


def test_nginx_is_debians_light_one(host: Host) -> None:
    assert host.package("nginx-light").is_installed


def test_nginx_runs_and_comes_back_with_the_host(host: Host) -> None:
    assert host.service("nginx").is_running
    assert host.service("nginx").is_enabled


def test_the_configuration_on_disk_is_one_that_nginx_takes(host: Host) -> None:
    checked = host.run("nginx -t")

    assert checked.rc == 0, checked.stderr
    assert "[warn]" not in checked.stderr


def test_only_the_site_is_open_to_everybody(host: Host) -> None:
    public = {port for address, port in listening(host, "nginx") if address in ("0.0.0.0", "[::]", "*")}  # noqa: S104

    assert public == {80, 443}


def test_nginxs_own_figures_are_for_the_host_itself(host: Host) -> None:
    assert {address for address, port in listening(host, "nginx") if port == 8080} == {"127.0.0.1"}
    told = host.check_output(
        "curl --silent --fail http://127.0.0.1:8080/stub_status || "
        "python3 -c 'import urllib.request as r; "
        'print(r.urlopen("http://127.0.0.1:8080/stub_status").read().decode())\''
    )
    assert told.startswith("Active connections:")


def test_the_certificates_key_is_roots_alone(host: Host) -> None:
    key = host.file(KEY)

    assert (key.user, key.group, key.mode) == ("root", "root", 0o600)
    assert host.file("/etc/nginx/tls").mode == 0o700


def test_what_is_served_can_be_read_by_the_workers_and_by_nobody_else(host: Host) -> None:
    folder = host.file(SERVED)
    files = [host.file(f"{SERVED}/{name}.pem") for name in ("even", "odd")]

    assert (folder.user, folder.group, folder.mode) == ("root", "www-data", 0o750)
    assert [(one.user, one.group, one.mode) for one in files] == [("root", "www-data", 0o640)] * 2
    assert host.run("setpriv --reuid nobody --clear-groups cat %s/even.pem", SERVED).rc != 0


def test_the_certificate_that_is_served_is_the_one_that_should_be(host: Host) -> None:
    assert host.check_output("slipway-tls --check").startswith("unchanged: the certificate is good until 20")


def test_logins_are_for_nginx_alone(host: Host) -> None:
    users = host.file("/etc/nginx/users")

    assert (users.user, users.group, users.mode) == ("root", "www-data", 0o640)


def test_the_site_is_not_shut_for_maintenance(host: Host) -> None:
    assert host.file("/var/lib/slipway-edge").mode == 0o755
    assert not host.file("/var/lib/slipway-edge/maintenance.prom").exists


def test_no_site_but_ours_is_served(host: Host) -> None:
    assert not host.file("/etc/nginx/sites-enabled").exists


def test_workers_run_without_roots_rights(host: Host) -> None:
    workers = host.process.filter(comm="nginx", user="www-data")
    masters = host.process.filter(comm="nginx", user="root")

    assert len(masters) == 1
    assert workers


@pytest.mark.parametrize("setting", ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"])
def test_the_unit_gives_away_rights_it_does_not_need(host: Host, setting: str) -> None:
    assert host.check_output("systemctl show nginx --property %s --value", setting) == "yes"


def test_nothing_is_retried_that_a_slot_may_have_carried_out(host: Host) -> None:
    shown = host.check_output("nginx -T 2>/dev/null")

    assert "non_idempotent" not in shown
    assert "proxy_next_upstream error;" in shown


def test_a_slot_that_restarts_does_not_blind_its_lanes(host: Host) -> None:
    servers = host.check_output("nginx -T 2>/dev/null | grep -E '^ +server (unix:|[0-9])'").splitlines()

    assert servers
    assert all("max_fails=0" in server for server in servers)
