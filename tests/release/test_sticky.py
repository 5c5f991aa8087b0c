"""Clients that keep their lane: each changes its version at most once while lanes move one by one."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.release.turns import share
from tests.web import Site

pytestmark = [pytest.mark.timeout(1200), share(0, 2)]

CLIENTS = 30
LANES = [f"unix:/srv/mailroom/lanes/{number:02d}.sock" for number in range(20)]
PLAYS = "tests/release/plays"


@pytest.fixture
def sticky(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Iterator[Fleet]:
    """Return the fleet with both versions in its slots, whose clients keep their lanes by the cookie `who`."""
    for version in versions:
        released = fleet.release(version, artifacts, "-e", "release_fast=true")
        assert released.code == 0, released.output[-6000:]
    hosts = [f"{fleet.addresses[host]}:8000" for host in fleet.of_group("app")]
    for group, servers in {"app": LANES, "edge": hosts}.items():
        sites = [{"name": "mailroom", "servers": servers, "sticky": "cookie", "sticky_key": "who"}]
        made = fleet.play(f"{PLAYS}/nginx.yml", "--limit", group, "-e", json.dumps({"nginx_sites": sites}))
        assert made.code == 0, made.output[-6000:]
    yield fleet
    undone = fleet.play(f"{PLAYS}/nginx.yml")
    assert undone.code == 0, undone.output[-6000:]


def ask_on(site: Site, client: str, mark: str, stop: threading.Event) -> list[str]:
    """Ask as one client until told to stop; return the versions that answered, in order."""
    versions: list[str] = []
    while not stop.wait(0.2):
        headers = {"Cookie": f"who={client}", "X-Request-ID": f"{mark}-{client}-{len(versions)}"}
        answer = site.ask("/health/ready", headers=headers)
        assert answer.status == 200
        versions.append(answer.header("X-Release"))
    return versions


def lanes_by_client(fleet: Fleet, mark: str) -> dict[str, set[str]]:
    """Return the lanes on which each client's requests went, over all app hosts."""
    time.sleep(1.5)  # nginx writes its log once a second
    found = defaultdict(set)
    for host in fleet.of_group("app"):
        for line in fleet.run(host, f"grep -F {mark} /var/log/nginx/access.log || true").splitlines():
            entry = json.loads(line)
            found[entry["request_id"].split("-")[1]].add(entry["upstream"])
    return dict(found)


def test_a_client_with_a_cookie_stays_on_its_lane_while_lanes_move_one_by_one(
    sticky: Fleet, versions: tuple[str, str]
) -> None:
    old, new = versions[1], versions[0]
    mark = uuid.uuid4().hex
    site = Site(sticky.edge, sticky.addresses[sticky.edge], ("mailroom.test",), sticky.certificate)
    before = sticky.slots()["fleet-app-1"]
    stop = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = {f"c{n}": pool.submit(ask_on, site, f"c{n}", mark, stop) for n in range(CLIENTS)}
        try:
            moved = sticky.play(f"{PLAYS}/lanes.yml", "-e", f"lanes_slot={before['idle']}")
        finally:
            stop.set()
    back = sticky.rollback()
    assert (moved.code, back.code) == (0, 0), moved.output + back.output

    seen = {
        client: [version for version, _ in itertools.groupby(answers.result())] for client, answers in asking.items()
    }
    assert all(order in ([old], [old, new], [new]) for order in seen.values()), seen
    assert sum(order == [old, new] for order in seen.values()) > CLIENTS // 2
    lanes = lanes_by_client(sticky, mark)
    assert {client: len(used) for client, used in lanes.items()} == dict.fromkeys(asking, 1)
    assert len({lane for used in lanes.values() for lane in used}) >= 10, "clients are spread over the lanes"
