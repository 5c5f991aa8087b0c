"""Logs of many hosts in one place: soon found there, and none lost while that place is away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from tests.figures import Figures
from tests.fleet import FLEET, Fleet
from tests.local_host import wait_for
from tests.turns import share
from tools.site import SiteError
from tools.up import ROOT

DATA = "fleet-data"
MESSAGES = "/api/v1/messages"
AWAY_SECONDS = float(os.environ.get("SLIPWAY_AWAY_SECONDS") or 30)
SOON = 5.0  # seconds until a line can be found
# A push that hung when the receiver lost its power is given up after a minute, and begun again 15 seconds later.
AFTER_ALL = 180.0
EVERY = 0.1  # seconds between two lines of a host

pytestmark = [pytest.mark.timeout(1200 + 2 * AWAY_SECONDS), share(5)]


def search(fleet: Fleet, *words: str) -> list[dict[str, Any]]:
    """Return what a search on the host that keeps the journals finds."""
    return [json.loads(line) for line in fleet.run(DATA, " ".join(["slipway-logs", *words])).splitlines()]


def is_whole(fleet: Fleet) -> bool:
    """Whether the site is ready 200 times in a row, so that every process of every app host was asked often."""
    try:
        return all(fleet.client().ask("/health/ready").status == 200 for _ in range(200))
    except SiteError:
        return False


def is_found(fleet: Fleet, request: str) -> bool:
    """Whether a line with a request's id is found."""
    return bool(search(fleet, f"--request={request}"))


def make_logs(fleet: Fleet, *words: str) -> subprocess.CompletedProcess[str]:
    """Search as `make logs` does, from the control node."""
    return subprocess.run(
        [sys.executable, "-m", "tools.logs", "-i", str(FLEET), *words],
        cwd=ROOT,
        env=os.environ | {"SLIPWAY_STATE": str(fleet.state)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start_writing(fleet: Fleet, hosts: Sequence[str], run: str, count: int) -> None:
    """Have hosts write numbered lines, one after another."""
    loop = f"for number in $(seq {count}); do echo {run} $number; sleep {EVERY}; done"
    for host in hosts:
        fleet.run(host, f"systemd-run --quiet --collect --expand-environment=no --unit={run} bash -c '{loop}'")


def numbers(fleet: Fleet, run: str) -> dict[str, list[int]]:
    """Return by host which of its lines are found, in their order."""
    found: dict[str, list[int]] = {}
    for line in search(fleet, f"--unit={run}.service", f"--grep='^{run} '", "--lines=0"):
        found.setdefault(line["host"], []).append(int(line["message"].split()[1]))
    return found


def test_a_line_of_any_host_is_found_within_seconds(fleet: Fleet, figures: Figures) -> None:
    slowest = 0.0
    for host in fleet.addresses:
        given = f"lab-{uuid.uuid4().hex}"
        started = time.monotonic()
        fleet.run(host, f"systemd-cat echo '{given} is here'")
        wait_for(partial(is_found, fleet, given), f"the line of {host}", limit=SOON)
        slowest = max(slowest, time.monotonic() - started)
        assert [line["host"] for line in search(fleet, f"--request={given}")] == [host]
    figures.say("a log line is searchable on the monitoring host, slowest host", f"{slowest:.1f} s", "5 s")


def test_a_request_is_followed_over_all_hosts_from_the_control_node(live_fleet: Fleet) -> None:
    given = live_fleet.client().ask(f"{MESSAGES}/{uuid.uuid4()}").body["request_id"]

    def found() -> bool:
        said = make_logs(live_fleet, "--request", given, "--json")
        assert said.returncode == 0, said.stderr
        return any(json.loads(line)["host"] == live_fleet.edge for line in said.stdout.splitlines())

    wait_for(found, "the edge's line of the request", limit=20)
    shown = make_logs(live_fleet, "--request", given)
    assert f"GET {MESSAGES}/" in shown.stdout
    assert " 404 in " in shown.stdout
    assert "\x1b" not in shown.stdout


def test_a_host_that_is_not_there_is_named_with_those_that_are(fleet: Fleet) -> None:
    refused = make_logs(fleet, "--host", "nobody")

    assert refused.returncode == 1
    assert (
        "no journal of nobody is kept here; there are: fleet-data, fleet-app-1, fleet-app-2, fleet-edge"
        in refused.stderr
    )


def test_a_host_can_push_neither_without_a_certificate_nor_in_another_ones_place(fleet: Fleet) -> None:
    address, tls = fleet.addresses[DATA], "/etc/slipway/journal/tls"
    ask = (
        f"curl --silent --show-error --max-time 10 --cacert {tls}/authority.pem --data x https://{address}:19532/upload"
    )
    assert "certificate required" in fleet.run("fleet-app-1", f"{ask} 2>&1 || true")

    # The other's key and certificate, stolen, from an address that isn't the other's.
    names = ("certificate.pem", "certificate.pem.key")
    stolen = {name: fleet.run("fleet-app-2", f"cat {tls}/{name}") for name in names}
    files = "".join(f"cat >$folder/{name} <<'END'\n{text}END\n" for name, text in stolen.items())
    script = f"folder=$(mktemp -d)\n{files}"
    script += f"{ask} --cert $folder/certificate.pem --key $folder/certificate.pem.key 2>&1; rm -r $folder"
    assert "Empty reply from server" in fleet.run("fleet-app-1", script, check=False)


def test_nothing_is_lost_while_the_monitoring_host_is_away(live_fleet: Fleet, figures: Figures) -> None:
    hosts = [host for host in live_fleet.addresses if host != DATA]
    run, count = f"lines-{uuid.uuid4().hex[:8]}", round((AWAY_SECONDS + 20) / EVERY)
    start_writing(live_fleet, hosts, run, count)
    wait_for(lambda: set(numbers(live_fleet, run)) == set(hosts), "the first lines of all hosts", limit=30)

    live_fleet.power_off(DATA)
    time.sleep(AWAY_SECONDS)
    live_fleet.boot(DATA)
    back = time.monotonic()

    def written() -> bool:
        active = [live_fleet.run(host, f"systemctl is-active {run}.service || true").strip() for host in hosts]
        return not {"active", "activating"} & set(active)

    wait_for(written, "the last lines", limit=AWAY_SECONDS + 240)
    wait_for(
        lambda: all(set(numbers(live_fleet, run).get(host, [])) >= {count} for host in hosts),
        "each host's last line",
        limit=AFTER_ALL,
    )
    seconds = time.monotonic() - back
    found = numbers(live_fleet, run)
    lost = {host: sorted(set(range(1, count + 1)) - set(found[host])) for host in hosts}
    away = f"{AWAY_SECONDS:.0f} s"
    figures.say(
        f"monitoring host without power for {away}: lines missing of {count * len(hosts)}",
        f"{sum(map(len, lost.values()))} (all there {seconds:.0f} s after it answered)",
        "0",
    )
    assert not any(lost.values()), lost
    assert all(found[host] == sorted(found[host]) for host in hosts), "in their order, and none twice"
    assert all(len(found[host]) == count for host in hosts)

    # The databases were away with it, and each process finds out by use which of its connections are dead: who tests
    # after this one finds the site as it was.
    wait_for(lambda: is_whole(live_fleet), "a site of which every process is ready", limit=300)
