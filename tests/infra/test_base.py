"""What every host offers: who gets in, what is refused, and that it looks after itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.infra.outside import first_answer

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://all"]

CLOSED_PORT = 9  # discard: nothing listens there, so only the firewall decides what a client sees


def test_the_host_runs_debian_13(host: Host) -> None:
    assert (host.system_info.distribution, host.system_info.release.split(".")[0]) == ("debian", "13")


def test_nothing_on_the_host_has_failed(host: Host) -> None:
    assert host.check_output("systemctl list-units --failed --plain --no-legend") == ""


@pytest.mark.parametrize("suite", ["trixie", "trixie-updates", "trixie-security"])
def test_packages_come_from_debian_with_its_updates_and_security_fixes(host: Host, suite: str) -> None:
    assert f"a={suite.replace('trixie', 'stable')},n={suite}," in host.check_output("apt-cache policy")


def test_recommended_packages_stay_out(host: Host) -> None:
    assert 'APT::Install-Recommends "false";' in host.check_output("apt-config dump APT::Install-Recommends")


@pytest.mark.parametrize("timer", ["apt-daily.timer", "apt-daily-upgrade.timer"])
def test_the_host_patches_itself_daily(host: Host, timer: str) -> None:
    assert host.service(timer).is_enabled
    assert host.service(timer).is_running
    assert 'APT::Periodic::Unattended-Upgrade "1";' in host.check_output("apt-config dump APT::Periodic")


def test_unattended_upgrades_takes_security_fixes(host: Host) -> None:
    patterns = host.check_output("apt-config dump Unattended-Upgrade::Origins-Pattern")

    assert "codename=${distro_codename}-security,label=Debian-Security" in patterns


def test_an_upgrade_keeps_our_configuration_files_without_asking(host: Host) -> None:
    assert '"--force-confold"' in host.check_output("apt-config dump Dpkg::Options")


def test_ssh_greets_and_refuses_a_client_without_a_key(host: Host) -> None:
    said = host.check_output(
        "ssh -o BatchMode=yes -o PubkeyAuthentication=no -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
        "-o LogLevel=ERROR nobody@127.0.0.1 true 2>&1 || true",
    )

    assert "Permission denied (publickey)" in said


@pytest.mark.parametrize(
    "setting",
    [
        "permitrootlogin no",
        "passwordauthentication no",
        "kbdinteractiveauthentication no",
        "permitemptypasswords no",
        "authenticationmethods publickey",
        "allowagentforwarding no",
        "x11forwarding no",
        "permittunnel no",
    ],
)
def test_sshd_allows_keys_and_little_else(host: Host, setting: str) -> None:
    assert setting in host.check_output("/usr/sbin/sshd -T").splitlines()


def test_no_user_has_a_password(host: Host) -> None:
    shadow = [line.split(":")[:2] for line in host.file("/etc/shadow").content_string.splitlines()]

    assert [name for name, password in shadow if not password.startswith(("!", "*"))] == []


def test_the_sudo_rules_are_sound(host: Host) -> None:
    assert host.run("visudo -c -q").rc == 0
    assert host.file("/etc/sudoers.d/slipway").mode == 0o440


@pytest.mark.parametrize(("chain", "policy"), [("input", "drop"), ("forward", "drop"), ("output", "accept")])
def test_the_firewall_is_in_force(host: Host, chain: str, policy: str) -> None:
    assert f"policy {policy};" in host.check_output(f"nft list chain inet slipway {chain}")


def test_the_firewall_comes_back_after_a_reboot(host: Host) -> None:
    assert host.service("nftables").is_enabled
    assert host.run("nft -c -f /etc/nftables.conf").rc == 0


def test_what_was_not_asked_for_gets_no_answer_from_outside(host: Host) -> None:
    assert first_answer(host, CLOSED_PORT, b"\r\n") is None, "not even a refusal"


def test_the_clock_agrees_with_the_control_node(host: Host) -> None:
    assert abs(float(host.check_output("date +%s.%N")) - time.time()) < 5


def test_the_clock_is_kept_unless_it_is_the_host_of_a_container(host: Host) -> None:
    in_container = host.run("systemd-detect-virt --container --quiet").rc == 0

    assert host.service("systemd-timesyncd").is_enabled
    assert in_container or host.service("systemd-timesyncd").is_running


def test_the_journal_is_kept_within_limits(host: Host) -> None:
    settings = host.check_output("systemd-analyze cat-config systemd/journald.conf").splitlines()
    in_force = dict(line.split("=", 1) for line in settings if "=" in line and not line.startswith("#"))

    assert in_force["Storage"] == "persistent"
    assert {"SystemMaxUse", "SystemKeepFree", "RateLimitIntervalSec", "RateLimitBurst"} <= set(in_force)
    assert host.file("/var/log/journal").is_directory


def test_the_kernel_has_the_settings_it_lets_us_set(host: Host) -> None:
    script = (
        "grep -v '^#' /etc/sysctl.d/90-slipway.conf | while IFS=' =' read -r key wanted; do "
        'file=/proc/sys/$(echo "$key" | tr . /); '
        '[ ! -w "$file" ] || [ "$(cat "$file")" = "$wanted" ] || echo "$key is not $wanted"; done'
    )

    assert host.check_output(script) == ""


def test_a_burst_of_connections_may_queue(host: Host) -> None:
    assert int(host.file("/proc/sys/net/core/somaxconn").content_string) >= 2048


def test_every_authority_that_was_given_is_trusted(host: Host) -> None:
    script = (
        'for file in /usr/local/share/ca-certificates/*.crt; do [ ! -e "$file" ] || '
        'openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt "$file" >/dev/null || echo "$file"; done'
    )

    assert host.check_output(script) == ""
