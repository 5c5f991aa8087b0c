"""No secret of the application can be read by anybody but the service: not in `ps`, units, environments or logs.

The values are compared on the host itself. Only where one was found leaves it, never the value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.infra.slots import slots_on

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://app"]

# Prints `secrets <how many>`, then one line for each place in which one of them was found.
SEARCH = r"""
import glob, pathlib, re, subprocess, sys
app = sys.argv[1]
values = set()
for path in glob.glob(f"/etc/{app}/slots/*/*.credentials/*"):
    text = pathlib.Path(path).read_bytes()
    # In a file of settings (aws_credentials) the value after "=" is what is secret.
    parts = [line.split(b"=", 1)[1].strip() for line in text.splitlines() if b"=" in line] or [text.strip()]
    values |= {part for part in parts if len(part) >= 16}
print("secrets", len(values))
def look(place, content):
    if any(value in content for value in values):
        print("found", place)
def run(*command):
    return subprocess.run(command, capture_output=True).stdout
for process in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("cmdline", "environ"):
        try:
            look(f"{name} of {(process / 'comm').read_text().strip()}", (process / name).read_bytes())
        except OSError:
            pass
units = run("systemctl", "list-units", "--all", "--plain", "--no-legend", f"{app}-*").decode().split("\n")
for unit in {line.split()[0] for line in units if line}:
    look(f"systemctl show {unit}", run("systemctl", "show", unit))
    look(f"systemctl cat {unit}", run("systemctl", "cat", unit))
look("the journal", run("journalctl", "--boot", "--no-pager", "--output", "cat"))
open_files = [f"/srv/{app}/releases/*/metadata.json", f"/etc/{app}/*.py", f"/etc/{app}/slots/*/*.environment"]
for pattern in (*open_files, "/var/log/nginx/*"):
    for path in glob.glob(pattern):
        look(path, pathlib.Path(path).read_bytes())
"""


@pytest.fixture(scope="module")
def search(host: Host) -> list[str]:
    """The lines that a search for every secret on the host printed."""
    app = str(host.ansible.get_variables()["app_name"])
    lines: list[str] = host.check_output("python3 -c %s %s", SEARCH, app).splitlines()
    return lines


def test_there_are_secrets_to_look_for(search: list[str]) -> None:
    assert int(search[0].split()[1]) >= 2


def test_no_secret_is_in_a_place_where_others_can_read_it(search: list[str]) -> None:
    assert search[1:] == []


def test_the_running_service_gets_its_secrets_as_files_of_its_own(host: Host) -> None:
    slots = slots_on(host)
    for unit in slots.units():
        folder = f"/run/credentials/{unit}"
        names = host.check_output("ls %s", folder).split()
        assert names
        for name in names:
            assert host.file(f"{folder}/{name}").mode & 0o007 == 0


def test_another_user_can_read_no_secret(host: Host) -> None:
    slots = slots_on(host)
    configured = f"/etc/{slots.app}/slots/{slots.live}"
    handed = f"/run/credentials/{slots.units()[0]}"

    for folder in (configured, handed):
        refused = host.run("runuser -u nobody -- ls %s", folder)
        assert refused.rc != 0
        assert re.search("Permission denied", refused.stderr)
