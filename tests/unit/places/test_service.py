"""The service with real app hosts on loopback: who is asked, what moves, and what doesn't."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from roles.nginx.files.places import state
from roles.nginx.files.places.service import Service
from roles.nginx.files.places.table import Places, TableError
from roles.nginx.files.places.wish import Wish
from tests.unit.places.serving import Manner, app_host

FIRST, SECOND, THIRD = (f"127.0.0.{number}" for number in (11, 12, 13))
PLACES = [f"198.18.0.{number}" for number in range(1, 7)]


class World:
    """App hosts, the file of what is wanted, and a kernel that takes what it is told."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Begin with two hosts that are ready."""
        self.folder = folder
        self.stack = stack
        self.hosts = {FIRST: stack.enter_context(app_host(FIRST))}
        self.port = self.hosts[FIRST].port
        self.add(SECOND)
        self.told: list[dict[tuple[str, int], str]] = []
        self.said: list[str] = []
        self.refuses = False

    def add(self, address: str) -> Manner:
        """Have one more app host."""
        self.hosts[address] = self.stack.enter_context(app_host(address, self.port))
        return self.hosts[address]

    def write(self, *hosts: str, **more: Any) -> Path:  # noqa: ANN401
        """Write what is wanted, as the role does."""
        site = {"name": "mailroom", "port": self.port, "path": "/ready", "host_name": "x.test", "places": PLACES}
        site["hosts"] = {host: f"app-{host[-1]}" for host in hosts or (FIRST, SECOND)}
        wish = {"folder": str(self.folder), "network": "198.18.0.0/24", "interval": 0.05, "timeout": 2}
        path = self.folder / "wish.json"
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps({**wish, "misses": 2, "answers": 2, "sites": [site], **more}))
        beside.rename(path)
        return path

    def put(self, network: str, places: Places) -> None:
        """Take it as the kernel does."""
        assert network == "198.18.0.0/24"
        if self.refuses:
            raise TableError("nft: Operation not permitted")
        self.told.append(dict(places))

    def service(self, *hosts: str) -> Service:
        """Return the service as it begins."""
        path = self.write(*hosts)
        made = Service(path, Wish.read(path), self.put, lambda: True, self.said.append)
        made.restore()
        made.watch()
        self.stack.callback(made.close)
        return made

    def shares(self) -> dict[str, int]:
        """Return how many places each host has, as the kernel was told last."""
        return Counter(self.told[-1].values())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(tmp_path, stack)


def step_until(service: Service, condition: Callable[[], bool]) -> None:
    """Run the service until a condition holds."""
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it didn't come"
        service.step(0.05)


def step_for(service: Service, world: World, looks: int) -> None:
    """Run the service until each host was asked so many times more, and what that told is taken in."""
    wanted = {address: len(host.asked) + looks for address, host in world.hosts.items()}
    step_until(service, lambda: all(len(world.hosts[address].asked) >= count for address, count in wanted.items()))
    service.step(0.2)


def test_at_first_all_hosts_have_places_before_any_was_asked(world: World) -> None:
    world.service()

    assert world.shares() == {FIRST: 3, SECOND: 3}


def test_a_host_that_is_not_ready_loses_its_places_and_has_them_again(world: World) -> None:
    service = world.service()
    before = world.told[-1]
    world.hosts[SECOND].status = 503
    step_until(service, lambda: world.shares() == {FIRST: 6})
    world.hosts[SECOND].status = 200
    step_until(service, lambda: world.shares() != {FIRST: 6})

    assert world.told[-1] == before
    assert "mailroom: app-2 (127.0.0.12) is not ready: it answered 503" in world.said
    assert "mailroom: app-2 (127.0.0.12) is ready" in world.said
    assert "mailroom: 3 of 6 places moved" in world.said


def test_a_host_that_hangs_keeps_no_other_from_being_asked(world: World) -> None:
    service = world.service()
    world.hosts[FIRST].pause = 1
    count = len(world.hosts[SECOND].asked)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        service.step(0.05)

    assert len(world.hosts[SECOND].asked) - count >= 5


def test_nothing_moves_while_all_are_ready(world: World) -> None:
    service = world.service()
    step_for(service, world, 5)

    assert all(told == world.told[0] for told in world.told)


def test_if_no_host_is_ready_places_stay_and_it_says_so(world: World) -> None:
    service = world.service()
    world.hosts[SECOND].status = 503
    step_until(service, lambda: world.shares() == {FIRST: 6})
    world.hosts[FIRST].status = 503
    step_until(service, lambda: any("no app host is ready" in line for line in world.said))

    assert world.shares() == {FIRST: 6}


def test_after_a_restart_nothing_moves_and_a_host_that_was_out_stays_out(world: World) -> None:
    service = world.service()
    world.hosts[SECOND].status = 503
    step_until(service, lambda: world.shares() == {FIRST: 6})
    service.close()
    again = world.service()

    assert world.shares() == {FIRST: 6}
    step_for(again, world, 4)
    assert world.shares() == {FIRST: 6}


def test_a_host_that_is_new_gets_places_once_it_answered(world: World) -> None:
    service = world.service()
    host = world.add(THIRD)
    host.status = 503
    world.write(FIRST, SECOND, THIRD)
    step_for(service, world, 4)
    assert world.shares() == {FIRST: 3, SECOND: 3}

    host.status = 200
    step_until(service, lambda: world.shares() == {FIRST: 2, SECOND: 2, THIRD: 2})


def test_a_host_that_is_wanted_no_more_is_left_at_once_and_asked_no_more(world: World) -> None:
    service = world.service()
    world.write(FIRST)
    step_until(service, lambda: world.shares() == {FIRST: 6})
    count = len(world.hosts[SECOND].asked)
    time.sleep(0.3)

    assert len(world.hosts[SECOND].asked) <= count + 1


def test_what_cannot_be_read_changes_nothing_and_is_said(world: World) -> None:
    service = world.service()
    (world.folder / "wish.json").write_text("{")
    step_until(service, lambda: any(line.startswith("all goes on as before: ") for line in world.said))

    assert world.shares() == {FIRST: 3, SECOND: 3}
    step_for(service, world, 2)


def test_what_the_kernel_refuses_is_tried_again(world: World) -> None:
    service = world.service()
    world.refuses = True
    world.hosts[SECOND].status = 503
    step_until(service, lambda: any("the kernel doesn't take the places" in line for line in world.said))
    assert world.shares() == {FIRST: 3, SECOND: 3}

    world.refuses = False
    step_until(service, lambda: world.shares() == {FIRST: 6})


def test_a_table_that_somebody_took_away_is_put_back(world: World) -> None:
    service = world.service()
    count = len(world.told)
    service.is_there = lambda: False
    step_until(service, lambda: len(world.told) > count)

    assert "somebody took the table of places away; it is put back" in world.said
    assert world.told[-1] == world.told[0]


def test_prometheus_is_told_who_is_ready_and_what_each_has(world: World) -> None:
    service = world.service()
    world.hosts[SECOND].status = 503
    step_until(service, lambda: world.shares() == {FIRST: 6})
    lines = (world.folder / state.METRICS).read_text().splitlines()

    assert 'slipway_places_host_ready{site="mailroom",host="app-1"} 1' in lines
    assert 'slipway_places_host_ready{site="mailroom",host="app-2"} 0' in lines
    assert 'slipway_places{site="mailroom",host="app-1"} 6' in lines
    assert 'slipway_places{site="mailroom",host="app-2"} 0' in lines
    assert 'slipway_places_moved_total{site="mailroom"} 3' in lines
    assert [line for line in lines if line.startswith("slipway_places_looked_timestamp_seconds ")]


@pytest.mark.parametrize("kept", ["", "[]", '{"mailroom": {}}', '{"mailroom": {"places": 3}}'])
def test_what_was_kept_and_cannot_be_read_is_as_nothing(world: World, kept: str) -> None:
    (world.folder / state.KEPT).write_text(kept)
    world.service()

    assert world.shares() == {FIRST: 3, SECOND: 3}
