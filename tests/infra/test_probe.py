"""The probe: ready on the monitoring hosts, harmless, and silent between releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]

UNIT = "slipway-probe@check.service"


def test_systemd_accepts_its_unit(host: Host) -> None:
    done = host.run(f"systemd-analyze verify --man=no {UNIT}")

    assert (done.rc, done.stderr) == (0, "")


def test_its_program_loads_with_the_hosts_python_and_nothing_installed_for_it(host: Host) -> None:
    # -S leaves out where packages are installed.
    done = host.run("cd /usr/local/lib/slipway && python3 -S -B -c 'import probe.__main__'")

    assert (done.rc, done.stderr) == (0, "")


def test_it_runs_as_a_user_who_can_do_nothing_else(host: Host) -> None:
    user = host.user("slipway-probe")

    assert (user.shell, user.groups) == ("/usr/sbin/nologin", ["slipway-probe"])


def test_none_of_its_files_can_be_changed_by_anybody_but_root(host: Host) -> None:
    places = "/usr/local/lib/slipway /etc/systemd/system/slipway-probe@.service"
    writable = host.run(f"find {places} ! -user root -o -perm /022")

    assert writable.stdout == ""


def test_nothing_of_a_wish_with_its_keys_is_left_behind(host: Host) -> None:
    assert host.run("find /run/slipway-probe -name '*.wish'").stdout == ""


def test_it_is_as_fenced_in_as_the_exporters(host: Host) -> None:
    shown = host.run(f"systemctl show {UNIT} --property NoNewPrivileges,ProtectSystem,CapabilityBoundingSet")

    assert sorted(shown.stdout.split()) == ["CapabilityBoundingSet=", "NoNewPrivileges=yes", "ProtectSystem=strict"]
