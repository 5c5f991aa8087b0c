"""Clients with a cookie keep their lane, so that each changes its version at most once while lanes move.

And an A/B test: some lanes for a version until somebody ends it, while clients with a cookie keep their version.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.local_host import wait_for
from tests.release.cookies import CLIENTS, clients
from tests.release.divided import Split, assert_divided, assert_noted, assert_quiet, assert_whole
from tests.release.quick import Quick, words
from tests.turns import share

pytestmark = [pytest.mark.timeout(2400), share(0)]

LANES = [f"unix:/srv/mailroom/lanes/{number:02d}.sock" for number in range(20)]
SPLIT = ("-e", "release_split=4", "-e", '{"app_release_steps": [1, 5, 20]}')
SHARE = 4 / 20
SIGMAS = 4  # once in 16,000 runs, chance alone goes beyond
PLAYS = "tests/release/plays"


@pytest.fixture(scope="module")
def sticky(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Iterator[Quick]:
    """Return the fleet, whose clients keep their lanes by the cookie `who`; who has none gets any, by chance."""
    quick = Quick(fleet, artifacts, versions)
    quick.settle()
    hosts = [f"{fleet.addresses[host]}:8000" for host in fleet.of_group("app")]
    making = []
    for group, servers in {"app": LANES, "edge": hosts}.items():
        sites = [{"name": "mailroom", "servers": servers, "sticky": "cookie", "sticky_key": "who"}]
        told = ("--limit", group, "-e", json.dumps({"nginx_sites": sites}))
        making.append(fleet.start_play(f"{PLAYS}/nginx.yml", *told))
    for made in [playing.wait() for playing in making]:
        assert made.code == 0, made.output[-6000:]
    yield quick
    undone = fleet.play(f"{PLAYS}/nginx.yml")
    assert undone.code == 0, undone.output[-6000:]


def lanes_by_client(fleet: Fleet, mark: str) -> dict[str, set[str]]:
    """Return the lanes on which each client's requests went, over all app hosts."""
    time.sleep(1.5)  # nginx writes its log once a second
    found = defaultdict(set)
    for host in fleet.of_group("app"):
        for line in fleet.run(host, f"grep -F {mark} /var/log/nginx/access.log || true").splitlines():
            entry = json.loads(line)
            found[entry["request_id"].split("-")[1]].add(entry["upstream"])
    return dict(found)


def test_a_client_with_a_cookie_stays_on_its_lane_while_lanes_move_one_by_one(sticky: Quick) -> None:
    sticky.released(sticky.next(), "-e", "release_fast=true")
    before, mark = sticky.fleet.slots()[sticky.hosts[0]], uuid.uuid4().hex
    old, new = (before["slots"][before[slot]]["release"] for slot in ("live", "idle"))

    with clients(sticky.fleet, mark, every=0.2) as order:
        moved = sticky.fleet.play(f"{PLAYS}/lanes.yml", "-e", f"lanes_slot={before['idle']}")
    sticky.rolled_back()

    assert moved.code == 0, moved.output
    assert all(seen in ([old], [old, new], [new]) for seen in order.values()), order
    assert sum(seen == [old, new] for seen in order.values()) > CLIENTS // 2
    lanes = lanes_by_client(sticky.fleet, mark)
    assert {client: len(used) for client, used in lanes.items()} == dict.fromkeys(order, 1)
    assert len({lane for used in lanes.values() for lane in used}) >= 10, "clients are spread over the lanes"


@pytest.fixture
def split(sticky: Quick, fleet_load: Callable[[float], OpenLoop]) -> Iterator[Split]:
    """Return the fleet with a version on four lanes; it has none any more afterwards, whatever the test did."""
    old, new = sticky.live(), sticky.next()
    with fleet_load(600) as load, clients(sticky.fleet) as order:
        begun = sticky.release(new, *SPLIT)
        report = load.report()
    assert begun.code == 0, begun.output[-6000:]
    assert f"{new} has 4 of 20 lanes in slot" in words(begun.output)
    yield Split(sticky, old, new, report, order)
    if any(slots["divided"] for slots in sticky.fleet.slots().values()):
        sticky.rolled_back()


def test_a_split_gives_a_version_its_share_and_lasts_until_a_rollback(
    split: Split, fleet_load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    quick = split.quick
    assert split.report.clean, table(split.report)
    allowed = ([split.old], [split.old, split.new])
    assert all(order in allowed for order in split.order.values()), split.order
    assert_divided(split)
    assert_noted(split)
    refused = quick.release("7.7.7")
    assert "make build VERSION=7.7.7" in words(refused.output)
    assert_noted(split)

    with clients(quick.fleet) as order:
        # Not under the load: a reload ends kept connections that are idle, and a request that comes then finds no door.
        for host in (quick.fleet.edge, *quick.hosts):
            quick.fleet.run(host, "systemctl reload nginx")
        with fleet_load(600) as load:
            time.sleep(15)
            report = load.report()
    assert report.clean, table(report)
    kept = {client: seen[-1:] for client, seen in split.order.items()}
    assert order == kept, "a client keeps its version, through a reload of each nginx too"
    # Without a cookie a request's own id decides its lane, each by itself: a binomial distribution.
    share = next((one.answers for one in report.total.releases if one.name == split.new), 0) / report.total.answered
    off = SIGMAS * (SHARE * (1 - SHARE) / report.total.answered) ** 0.5
    figures.say("a split of 4 lanes of 20: its share of answers", f"{share:.1%}", f"{SHARE:.0%} ± {off:.1%}")
    assert share == pytest.approx(SHARE, abs=off)
    assert_quiet(quick.fleet)

    back = quick.rolled_back()
    assert f"Found an unfinished split {split.new}" in words(back.output)
    assert_whole(split, split.old)


def test_a_host_that_reboots_in_a_split_serves_on_and_a_release_gives_it_all_lanes(
    split: Split, fleet_load: Callable[[float], OpenLoop]
) -> None:
    quick, host = split.quick, split.quick.hosts[0]
    quick.fleet.reboot(host)
    url = f"http://{quick.fleet.addresses[host]}:8000/health/ready"
    wait_for(
        lambda: quick.fleet.run(host, f"curl --silent --max-time 2 {url} || true").startswith("{"), "nginx", limit=120
    )
    assert not quick.fleet.run(host, "ls /var/lib/slipway/held 2>/dev/null || true").strip()
    answers = quick.fleet.run(host, f"for i in $(seq 200); do curl --silent --head {url} | grep -i ^x-release; done")
    seen = {line.split()[-1] for line in answers.splitlines()}
    assert seen == {split.old, split.new}, "both versions serve after the reboot"
    assert len(answers.splitlines()) == 200
    assert_divided(split)

    with fleet_load(600) as load:
        whole = quick.released(split.new)
        report = load.report()
    said = words(whole.output)
    assert f"Found an unfinished split {split.new}" in said
    assert "It is continued." in said
    assert report.clean, table(report)
    assert_whole(split, split.new)
    entries = [(entry["kind"], entry["verdict"], entry["baked"]) for entry in quick.ledger(host)[-2:]]
    assert entries == [("split", "succeeded", False), ("release", "succeeded", True)]
    assert quick.ledger(host)[-1]["before"] == split.old
