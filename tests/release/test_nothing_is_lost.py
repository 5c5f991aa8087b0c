"""Releases and rollbacks under load: no request lost, no connection cut, every answer from a version that was live."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest

from tests.figures import Figures
from tests.load.access_log import check_access_log
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.local_host import LocalHost, wait_for

pytestmark = pytest.mark.timeout(2400)

ROUNDS = 20
LOCKED = "SELECT mode FROM pg_locks WHERE granted AND relation = 'messages'::regclass"
LOCKS = f'cd / && sudo -u postgres psql -Atd mailroom -c "{LOCKED}"'
REST = 20  # seconds of load before the first release, for comparison


def test_20_releases_and_20_rollbacks_lose_no_request(
    up: LocalHost, versions: tuple[str, str], artifacts: Path, load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    for version in versions:  # staged before, so that the load sees releases and not the unpacking of wheels alone
        assert up.release(version, artifacts).code == 0
    start = up.slots()
    live = start["slots"][start["live"]]["release"]
    releases, rollbacks, flips = [], [], []
    with load(2000) as running:
        running.mark("rest")
        time.sleep(REST)
        running.mark("during")
        for number in range(ROUNDS):
            released = up.release(versions[number % 2], artifacts)
            assert released.code == 0, released.output[-4000:]
            back = up.rollback()
            assert back.code == 0, back.output[-4000:]
            releases.append(released.seconds)
            rollbacks.append(back.seconds)
            flips += [released.flip_ms, back.flip_ms]
        report = running.report()
    figures.show(f"{ROUNDS} releases and {ROUNDS} rollbacks under load\n{table(report)}")
    figures.say(
        f"{ROUNDS} releases + {ROUNDS} rollbacks: failed of sent", f"{report.total.failed} of {report.total.sent}", "0"
    )
    figures.say("… connections cut", str(report.total.cut), "0")
    figures.say("flip of all lanes on the host, slowest", f"{max(flips):.3f} ms", "under 1 ms")
    figures.say("release of a staged version, whole command, median", f"{median(releases):.1f} s")
    figures.say("rollback to a warm slot, whole command, median", f"{median(rollbacks):.2f} s", "2 s")
    assert report.clean, table(report)
    assert report.total.release_names <= {live, *versions}
    assert set(versions) <= report.total.release_names, "each version must have been seen, or nothing was switched"
    log = up.run(
        f"cat /var/log/nginx/access.log.1 /var/log/nginx/access.log 2>/dev/null | grep -F load-{report.run}- || true"
    )
    checked = check_access_log(log.splitlines(), report.run, report.total.due)
    assert checked.clean, checked
    assert max(flips) < 1


def test_a_slot_is_stopped_only_after_its_requests_in_flight_have_ended(up: LocalHost) -> None:
    """A write waits for a locked table in the live slot. Meanwhile all lanes leave that slot, and it's told to stop."""
    before = up.slots()
    slot, release = before["live"], before["slots"][before["live"]]["release"]
    with ThreadPoolExecutor() as beside:
        lock = "BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(4); COMMIT"
        locked = beside.submit(up.run, f"cd / && sudo -u postgres psql -qd mailroom -c '{lock}'")
        wait_for(lambda: "AccessExclusiveLock" in up.run(LOCKS), "the lock")
        answer = beside.submit(
            up.client().ask, "/api/v1/messages", {"to": "a@example.org", "subject": "s", "text": "t"}
        )
        wait_for(lambda: up.slots()["slots"][slot]["in_flight"] > 0, "a request in flight")
        assert up.rollback().code == 0
        stopped = up.module("slot", f"app=mailroom slot={slot} state=stopped")
        locked.result()
    assert (answer.result().status, answer.result().release) == (202, release)
    assert stopped["left_in_flight"] == 0
    assert up.slots()["slots"][slot]["web"] == "inactive"


def test_a_rollback_to_a_cold_slot_starts_it_and_loses_no_request(
    up: LocalHost, load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    before = up.slots()
    cold = before["back"]
    up.module("slot", f"app=mailroom slot={cold} state=stopped")
    with load(120) as running:
        back = up.rollback()
        report = running.report()
    assert back.code == 0, back.output[-4000:]
    assert report.clean, table(report)
    assert up.slots()["live"] == cold
    figures.say("rollback to a cold slot, whole command", f"{back.seconds:.2f} s")
