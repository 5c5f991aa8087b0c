"""Releases with canary steps over two app hosts behind an edge, under a constant load: nothing lost, nothing twice.

SLIPWAY_RELEASES and SLIPWAY_RATE (requests a second) make it longer and harder than the few of the test suite.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from statistics import median

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.access_log import check_access_log
from tests.load.table import table
from tests.local_host import wait_for
from tests.playing import Played
from tests.release.mix import load_on, reads, writes

RELEASES = int(os.environ.get("SLIPWAY_RELEASES", "4"))
RATE = float(os.environ.get("SLIPWAY_RATE", "100"))
REST = 30  # seconds of load before the first release, for comparison
CANARY = ("-e", '{"app_release_steps": [1, 5, 20], "app_step_seconds": 0, "app_bake_seconds": 0}')
REASONS = re.compile(r"The gate failed after [^\n]*\n((?: *- [^\n]*\n)+)")
# One line a request: its id, as the load gave it.
IDS = """cat /var/log/nginx/access.log.1 /var/log/nginx/access.log 2>/dev/null |
  awk 'match($0, /load-{run}-[0-9]+/) {{ print substr($0, RSTART, RLENGTH) }}'"""

pytestmark = pytest.mark.timeout(5400)


def logged(fleet: Fleet, hosts: list[str], run: str) -> list[str]:
    """Return the ids of a load's requests that the nginx of these hosts has logged, one for each time it was asked."""
    return [line for host in hosts for line in fleet.run(host, IDS.format(run=run)).splitlines()]


def taken_back_as_slow(released: Played) -> bool:
    """Return whether the gate took a release back for its p95 alone.

    A cold process looks slow beside all that shares these cores; what counts here is that going back loses nothing too.
    """
    reasons = "".join(REASONS.findall(released.output)).split("\n")
    return any(reasons) and all(reason.strip().startswith("- p95 of") for reason in reasons if reason)


def test_releases_with_canary_steps_lose_no_request(
    fleet: Fleet, versions: tuple[str, str], artifacts: Path, figures: Figures
) -> None:
    for version in versions:
        released = fleet.release(version, artifacts, "-e", "release_fast=true")
        assert released.code == 0, released.output[-6000:]
    plays: list[Played] = []
    mix = (reads(), writes(fleet.key))
    with load_on(fleet.url, fleet.certificate, mix, 3600, rate=RATE) as running:
        running.mark("rest")
        time.sleep(REST)
        running.mark("during")
        for _ in range(RELEASES):
            (live,) = set(fleet.versions().values())
            other = next(version for version in versions if version != live)
            released = fleet.release(other, artifacts, *CANARY)
            assert released.code == 0 or taken_back_as_slow(released), released.output[-6000:]
            plays.append(released)
        report = running.report()
    rest, during = report.phase("rest").p99_ms, report.phase("during").p99_ms
    assert rest is not None
    assert during is not None
    figures.show(f"{RELEASES} releases with canary steps on two app hosts under load\n{table(report)}")
    sent = f"{report.total.failed} of {report.total.sent}"
    figures.say(f"{RELEASES} canary releases on two app hosts behind an edge: failed of sent", sent, "0")
    figures.say("… connections cut", str(report.total.cut), "0")
    figures.say("… p99 at rest, during, ratio", f"{rest:.1f} ms, {during:.1f} ms, {during / rest:.2f}", "at most 1.1")
    figures.say("… whole command, median", f"{median(played.seconds for played in plays):.1f} s")
    taken_back = sum(played.code != 0 for played in plays)
    figures.say("… taken back by the gate for their p95, though sound", str(taken_back))
    assert report.clean, table(report)
    assert set(versions) <= report.total.release_names, "each version must have been seen, or nothing was switched"
    due, app_hosts = report.total.due, fleet.of_group("app")
    wait_for(lambda: len(logged(fleet, [fleet.edge], report.run)) >= due, "the last line of the log", limit=60)
    at_the_edge = check_access_log(logged(fleet, [fleet.edge], report.run), report.run, due)
    at_the_hosts = check_access_log(logged(fleet, app_hosts, report.run), report.run, due)
    assert at_the_edge.clean, at_the_edge
    assert at_the_hosts.clean, at_the_hosts
    figures.say("… answered twice, by the logs of the app hosts", str(len(at_the_hosts.repeated)), "0")
    assert taken_back <= RELEASES // 10


def test_a_release_of_two_hosts_and_a_rollback_are_quick(
    fleet: Fleet, versions: tuple[str, str], artifacts: Path, figures: Figures
) -> None:
    """Figures for a quiet site: nothing is asserted of time, since the machine is shared."""
    releases, rollbacks = [], []
    for _ in range(3):
        (live,) = set(fleet.versions().values())
        other = next(version for version in versions if version != live)
        releases.append(fleet.release(other, artifacts, "-e", "release_fast=true"))
        rollbacks.append(fleet.rollback())
    assert {played.code for played in (*releases, *rollbacks)} == {0}
    release, rollback = (median(played.seconds for played in some) for some in (releases, rollbacks))
    figures.say("release of a staged version on two hosts, no bake, whole command, median of 3", f"{release:.1f} s")
    figures.say("rollback on two hosts, warm, whole command, median of 3", f"{rollback:.2f} s", "1.5 s")
