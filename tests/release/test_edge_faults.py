"""An app host behind an edge is restarted, rebooted or loses its power, under load: what its clients notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.report import LoadReport
from tests.load.table import table
from tests.local_host import wait_for
from tests.release.mix import load_on, reads, writes
from tests.turns import share

pytestmark = [pytest.mark.timeout(1200), share(0)]

GETS, POSTS = 40, 20  # requests a second
PATIENCE = 30  # seconds: a host that boots beside the load may make two cores busy
HOST = "fleet-app-1"
RESTARTS = 10


@dataclass
class Seen:
    """What clients saw while something was done to a host, reads and writes apart."""

    reports: dict[str, LoadReport] = field(default_factory=dict)

    def failed(self) -> dict[str, int]:
        """Return how many requests failed, by method."""
        return {method: report.total.failed for method, report in self.reports.items()}

    def tables(self) -> str:
        """Return both reports for a person."""
        return "\n\n".join(f"{method}\n{table(report)}" for method, report in self.reports.items())

    def figure(self) -> str:
        """Return the failures of all, and the slowest answers."""
        parts = [
            f"{report.total.failed} of {report.total.due} {method} (slowest {report.total.slowest_ms:.0f} ms)"
            for method, report in self.reports.items()
        ]
        return ", ".join(parts)


@contextmanager
def watched(fleet: Fleet) -> Iterator[Seen]:
    """Have a load of reads and one of writes go through the edge; what they saw is known after the block."""
    seen = Seen()
    gets = load_on(fleet.url, fleet.certificate, (reads(),), 600, rate=GETS, timeout=PATIENCE)
    posts = load_on(fleet.url, fleet.certificate, (writes(fleet.key),), 600, rate=POSTS, timeout=PATIENCE)
    with gets, posts:
        time.sleep(2)
        yield seen
        time.sleep(2)
        seen.reports = {"GET": gets.report(), "POST": posts.report()}


def nginx_answers(fleet: Fleet) -> bool:
    """Return whether nginx on the host serves, asked on the host."""
    url = f"http://{fleet.addresses[HOST]}:8000/health/ready"
    return fleet.run(HOST, f"curl --silent --max-time 2 {url} || true").startswith("{")


def test_restarts_of_an_app_hosts_nginx_lose_no_request(live_fleet: Fleet, figures: Figures) -> None:
    with watched(live_fleet) as seen:
        for _ in range(RESTARTS):
            live_fleet.run(HOST, "systemctl reset-failed nginx; systemctl restart nginx")  # systemd counts starts
            time.sleep(1)
    figures.say(f"{RESTARTS} restarts of an app host's nginx, failed", seen.figure(), "0")
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()


def test_a_reboot_of_an_app_host_loses_no_request(live_fleet: Fleet, figures: Figures) -> None:
    with watched(live_fleet) as seen:
        live_fleet.reboot(HOST)
        wait_for(lambda: nginx_answers(live_fleet), "nginx of the rebooted host")
        time.sleep(5)
    figures.say("reboot of an app host, failed", seen.figure(), "0")
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()


def test_an_app_host_that_loses_its_power_takes_only_what_it_had_in_hand(live_fleet: Fleet, figures: Figures) -> None:
    with watched(live_fleet) as seen:
        live_fleet.power_off(HOST)
        time.sleep(20)
        live_fleet.boot(HOST)
        wait_for(lambda: nginx_answers(live_fleet), "nginx of the booted host")
        time.sleep(5)
    figures.say("power cut of an app host, failed", seen.figure())
    figures.show(f"An app host loses its power for 20 s\n{seen.tables()}")
    assert sum(seen.failed().values()) <= 4, seen.tables()
    assert all(report.total.unasked == 0 for report in seen.reports.values())


def test_an_app_host_that_nobody_reaches_is_passed_over(live_fleet: Fleet, figures: Figures) -> None:
    with watched(live_fleet) as seen:
        with live_fleet.network_cut(HOST, everyone=True):
            time.sleep(15)
        time.sleep(5)
    figures.say("an app host unreachable for 15 s, failed", seen.figure())
    assert sum(seen.failed().values()) <= 4, seen.tables()


def test_an_app_host_that_only_the_control_node_misses_serves_on(live_fleet: Fleet) -> None:
    with watched(live_fleet) as seen, live_fleet.network_cut(HOST):
        time.sleep(5)
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()


@pytest.fixture
def held(live_fleet: Fleet) -> Iterator[Fleet]:
    """Return the fleet, one of whose app hosts is held as after a boot in the middle of a release."""
    live_fleet.run(HOST, "mkdir -p /var/lib/slipway; touch /var/lib/slipway/held; systemctl restart nginx")
    yield live_fleet
    live_fleet.run(HOST, "rm -f /var/lib/slipway/held; systemctl start nginx")
    wait_for(lambda: nginx_answers(live_fleet), "nginx of the host that isn't held any more")


def test_a_held_app_host_takes_no_requests_and_a_converge_leaves_it_so(held: Fleet) -> None:
    converged = held.play("tests/release/plays/nginx.yml", "--limit", HOST)

    assert (converged.code, converged.changed) == (0, 0), converged.output[-4000:]
    assert "/var/lib/slipway/held says that the host booted in the middle" in " ".join(converged.output.split())
    assert held.run(HOST, "systemctl is-active nginx || true").strip() == "inactive"
    assert {held.client().ask("/health/ready").status for _ in range(10)} == {200}
