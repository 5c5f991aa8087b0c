"""One command at a time: who comes second is told of the first, may wait for it, or break its lock."""

from __future__ import annotations

import getpass
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.playing import Playing
from tests.release.quick import STATE, Quick, words
from tests.turns import share

pytestmark = [pytest.mark.timeout(1800), share(2)]

FAILED = 2  # what ansible-playbook exits with when a host failed
HERE = f"{getpass.getuser()}@{socket.gethostname()}"


CRY = "/run/slipway-probe/mailroom/failed"  # where the probe tells the gate of a lost request


@dataclass(frozen=True)
class First:
    """A release that has moved one lane and watches.

    Attributes:
        playing: its control process.
        version: what it releases.
        before: what was live.
    """

    playing: Playing
    version: str
    before: str


@pytest.fixture
def first(quick: Quick) -> Iterator[First]:
    """Return a release that has moved one lane and watches; all lanes are back and nothing is left over afterwards."""
    before, version = quick.live(), quick.next()
    playing = quick.watching(version)
    yield First(playing, version, before)
    playing.kill()
    if quick.left_over():
        quick.rolled_back()


def write_lock(quick: Quick, **more: object) -> None:
    """Have somebody on another node hold the lock on every app host."""
    now = time.time()
    lock = {
        "token": "20260101T000000Z-others",
        "owner": "eve",
        "node": "elsewhere",
        "process": "0b5fd2c0-5f0c-4f0c-9f3e-2f8c9c1f6a11/4026531836:4711:1234567",
        "purpose": "release 9.9.9",
        "since": now - 600,
        "beat": now,
        "expires_after": 300,
        **more,
    }
    for host in quick.hosts:
        quick.fleet.run(host, f"umask 077; cat > {STATE}/lock.json <<'END'\n{json.dumps(lock)}\nEND")


def standing(quick: Quick) -> dict[str, dict[str, dict[str, object]]]:
    """Return what is in each slot of each host, but the probe's requests of this very moment."""
    return {
        host: {
            name: {what: value for what, value in slot.items() if what != "in_flight"}
            for name, slot in found["slots"].items()
        }
        for host, found in quick.fleet.slots().items()
    }


def test_who_comes_second_is_told_of_the_first_and_who_waits_gets_the_lock_after_it(quick: Quick, first: First) -> None:
    before = standing(quick)
    refused = quick.release(first.version)
    said = words(refused.output)
    assert refused.code != 0
    assert refused.changed == 0
    assert f"the lock is held by {HERE} for release {first.version}, since 2" in said, refused.output[-4000:]
    assert "Wait for it with `WAIT=10m`." in said
    assert "break it with `BREAK_LOCK=1`" in said
    assert standing(quick) == before
    assert first.playing.poll() is None, "the first goes on"

    second = quick.begin(first.version, "-e", "release_wait=10m")
    second.wait_for("FAILED - RETRYING")
    quick.fleet.run(quick.fleet.of_group("monitoring")[0], f"echo 'one request was lost, says the test' > {CRY}")
    ended = first.playing.wait()
    assert ended.code == FAILED, ended.output[-4000:]
    assert "one request was lost, says the test" in ended.output
    waited = second.wait()
    assert waited.code == 0, waited.output[-6000:]
    assert quick.live() == first.version
    assert quick.last()["broke_lock"] is None, "it was freed, not broken"


def test_a_broken_lock_stops_the_first_at_its_next_step_and_the_ledger_names_both(quick: Quick, first: First) -> None:
    broken = quick.rolled_back("-e", "release_break_lock=true")
    stopped = first.playing.wait()

    assert "Found an unfinished release" in words(broken.output)
    said = words(stopped.output)
    assert stopped.code == FAILED, stopped.output[-4000:]
    # It may have learned of it while the rollback was at work, or after it.
    assert "Nothing more is done here" in said, stopped.output[-4000:]
    assert "Nothing could be brought back from here: `make status` tells what is live, and who is at it." in said
    assert "Every lane is on the slot before" not in said
    assert quick.live() == first.before
    assert not quick.left_over()
    for host in quick.hosts:
        (entry,) = [one for one in quick.ledger(host)[-2:] if one["kind"] == "rollback"]
        broke = entry["broke_lock"]
        assert (entry["verdict"], entry["version"]) == ("succeeded", first.before)
        assert (f"{entry['by']}@{entry['from']}", f"{broke['owner']}@{broke['node']}") == (HERE, HERE)
        assert (broke["purpose"], broke["why"]) == (f"release {first.version}", "broken by flag")
        assert "token" not in broke


def test_the_lock_of_a_process_that_died_here_is_taken_over_at_once(quick: Quick, first: First) -> None:
    first.playing.kill()
    assert set(quick.left_over()) == set(quick.hosts)
    quick.rolled_back()

    assert quick.live() == first.before
    assert quick.last()["broke_lock"]["why"] == "process is gone"
    assert not quick.left_over()


def test_the_lock_of_another_node_holds_until_it_expires(quick: Quick) -> None:
    live = quick.live()
    write_lock(quick)
    refused = quick.fleet.rollback("-e", "release_wait=8s")
    said = words(refused.output)
    assert refused.code != 0
    assert "FAILED - RETRYING" in said
    assert "the lock is held by eve@elsewhere for release 9.9.9, since 2" in said, refused.output[-4000:]
    assert "UTC (10 min" in said
    assert quick.live() == live

    write_lock(quick, beat=time.time() - 301)
    quick.released(live)
    broke = quick.last()["broke_lock"]
    assert (broke["owner"], broke["node"], broke["why"]) == ("eve", "elsewhere", "expired")
    assert not quick.left_over()
