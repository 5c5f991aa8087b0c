"""Releases and rollbacks under load: no request lost, no connection cut, every answer from a version that was live."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest

from tests.figures import Figures
from tests.load.access_log import LogCheck, check_access_log
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.local_host import LocalHost, wait_for
from tests.playing import Played
from tests.turns import share

pytestmark = [pytest.mark.timeout(2400), share(5)]

ROUNDS = int(os.environ.get("SLIPWAY_ROUNDS", "4"))  # an even number
FAST = ("-e", "release_fast=true")  # canary steps and their gates are the fleet's tests'
LOGGED = "cat /var/log/nginx/access.log.1 /var/log/nginx/access.log 2>/dev/null | grep -F load-{run}- || true"
REST = 20  # seconds of load before the first release, for comparison


def wait_until_logged(up: LocalHost, run: str, due: int) -> LogCheck:
    """Return what nginx's access log says of a load, once nginx has written all of it (it writes once a second)."""
    seen: list[LogCheck] = []

    def written() -> bool:
        seen.append(check_access_log(up.run(LOGGED.format(run=run)).splitlines(), run, due))
        return not seen[-1].missing

    wait_for(written, "the last line of the access log", limit=30)
    return seen[-1]


def test_releases_and_rollbacks_lose_no_request(
    up: LocalHost, versions: tuple[str, str], artifacts: Path, load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    for version in versions:  # staged before, so that the load sees releases and not the unpacking of wheels alone
        assert up.release(version, artifacts, *FAST).code == 0
    start = up.slots()
    live = start["slots"][start["live"]]["release"]
    releases: list[Played] = []
    rollbacks: list[Played] = []
    with load(2000) as running:
        running.mark("rest")
        time.sleep(REST)
        running.mark("during")
        for _ in range(ROUNDS // 2):  # each step moves from one version to the other
            for version in versions:
                released = up.release(version, artifacts, *FAST)
                assert released.code == 0, released.output[-4000:]
                releases.append(released)
            for _ in versions:
                back = up.rollback()
                assert back.code == 0, back.output[-4000:]
                rollbacks.append(back)
        report = running.report()
    flips = [played.flip_ms for played in (*releases, *rollbacks)]
    release_seconds, rollback_seconds = ([played.seconds for played in some] for some in (releases, rollbacks))
    figures.show(f"{ROUNDS} releases and {ROUNDS} rollbacks of one host under load\n{table(report)}")
    figures.say(
        f"{ROUNDS} releases + {ROUNDS} rollbacks: failed of sent", f"{report.total.failed} of {report.total.sent}", "0"
    )
    figures.say("… connections cut", str(report.total.cut), "0")
    figures.say("flip of all lanes on the host, slowest", f"{max(flips):.3f} ms", "under 1 ms")
    figures.say("release of a staged version without a bake, whole command, median", f"{median(release_seconds):.1f} s")
    figures.say("rollback to a warm slot, under load, whole command, median", f"{median(rollback_seconds):.2f} s")
    assert report.clean, table(report)
    assert report.total.release_names <= {live, *versions}
    assert set(versions) <= report.total.release_names, "each version must have been seen, or nothing was switched"
    checked = wait_until_logged(up, report.run, report.total.due)
    assert checked.clean, checked


def slow(source: Path) -> None:
    """Give the service a page that takes six seconds."""
    with (source / "src" / "mailroom" / "wsgi.py").open("a", encoding="utf-8") as file:
        file.write("""

@app.get("/slow")
def _slow():
    import time

    time.sleep(6)
    return {"slow": True}
""")


def test_a_slot_is_stopped_only_after_its_requests_in_flight_have_ended(
    up: LocalHost, artifacts: Path, build_changed: Callable[[str, Callable[[Path], None]], str]
) -> None:
    """While a slow request is in flight all lanes leave its slot, and the slot is told to stop."""
    release = build_changed("2.2.1", slow)
    assert up.release(release, artifacts).code == 0
    slot = up.slots()["live"]
    with ThreadPoolExecutor() as beside:
        answer = beside.submit(up.client().ask, "/slow")
        wait_for(lambda: up.slots()["slots"][slot]["in_flight"] > 0, "a request in flight")
        assert up.rollback().code == 0
        in_flight = up.slots()["slots"][slot]["in_flight"]
        stopped = up.module("slot", app="mailroom", slot=slot, state="stopped")
    assert in_flight == 1, "the request ended before its slot was told to stop, so nothing was shown"
    assert (answer.result().status, answer.result().release) == (200, release)
    assert stopped["left_in_flight"] == 0
    assert up.slots()["slots"][slot]["web"] == "inactive"


def test_a_rollback_to_a_cold_slot_starts_it_and_loses_no_request(
    up: LocalHost, load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    before = up.slots()
    cold = before["back"]
    up.module("slot", app="mailroom", slot=cold, state="stopped")
    with load(120) as running:
        back = up.rollback()
        report = running.report()
    assert back.code == 0, back.output[-4000:]
    assert report.clean, table(report)
    assert up.slots()["live"] == cold
    figures.say("rollback to a cold slot, whole command", f"{back.seconds:.2f} s")
