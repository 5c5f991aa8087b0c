"""An edge looks at its app hosts by itself: one that is drained, stands still or dies gets no more requests."""

from __future__ import annotations

import json
import math
import time

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.local_host import wait_for
from tests.playing import Played
from tests.release.places import Places
from tests.release.test_edge_faults import Seen, nginx_answers, watched
from tests.turns import share

pytestmark = [pytest.mark.timeout(1200), share(4)]

HOST, OTHER = "fleet-app-1", "fleet-app-2"
WISH = "/etc/slipway/places.json"
FILE = "/etc/slipway/drained"


@pytest.fixture
def places(live_fleet: Fleet) -> Places:
    """Return the places, evenly spread over both hosts."""
    found = Places(live_fleet)
    found.settle()
    return found


def drain(fleet: Fleet, host: str = HOST, *more: str) -> Played:
    """Do what `make drain` does."""
    return fleet.play("drain.yml", "-e", f"nginx_drain_host={host}", *more)


def left_after(places: Places, begun: float, what: str, seen: Seen, figures: Figures) -> float:
    """Return after how many seconds the places led elsewhere; note that, and what clients saw meanwhile."""
    seconds = places.moved_after(begun)
    figures.say(f"{what}, failed", seen.figure(), "0")
    figures.say("until its places led elsewhere", f"{seconds:.1f} s")
    return seconds


def undrain(fleet: Fleet) -> Played:
    """Do what `make undrain` does."""
    return drain(fleet, HOST, "-e", "nginx_drained=false")


def test_a_host_is_drained_and_given_back_without_losing_a_request(places: Places, figures: Figures) -> None:
    fleet, workers = places.fleet, places.workers()
    with watched(fleet) as seen:
        drained = drain(fleet)
        empty = time.time()
        time.sleep(8)
        until = time.time()
        back = undrain(fleet)
        full = time.time()
        time.sleep(4)
    assert (drained.code, back.code) == (0, 0), drained.output[-3000:] + back.output[-3000:]
    assert fleet.run(HOST, f"ls {FILE}", check=False) == "", "the file is gone again"
    figures.say("an app host drained and given back, failed", seen.figure(), "0")
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()
    assert places.answered(math.ceil(empty), math.floor(until))[HOST] == 0
    assert places.answered(math.ceil(empty), math.floor(until))[OTHER] > 100
    assert places.answered(math.ceil(full), full + 4)[HOST] > 10
    assert places.workers() == workers, "nothing was reloaded"


def test_another_drain_of_a_drained_host_changes_nothing_and_it_stays_so_over_a_reboot(places: Places) -> None:
    fleet = places.fleet
    assert drain(fleet).code == 0
    again = drain(fleet)
    fleet.reboot(HOST)
    time.sleep(5)
    shares = places.shares()
    said = fleet.run(HOST, f"curl --silent --max-time 5 http://{fleet.addresses[HOST]}:8000/health/ready")
    back = undrain(fleet)

    assert (again.code, again.changed) == (0, 0), again.output[-3000:]
    assert shares == {HOST: 0, OTHER: 12}
    assert said.startswith("{"), "who asks for itself is answered as ever"
    assert back.code == 0, back.output[-3000:]
    assert places.shares() == {HOST: 6, OTHER: 6}


def test_the_last_host_that_is_ready_is_not_drained(places: Places) -> None:
    fleet = places.fleet
    assert drain(fleet).code == 0
    refused = drain(fleet, OTHER)
    left = fleet.run(OTHER, f"ls {FILE}", check=False)
    undrain(fleet)

    assert refused.code != 0
    said = " ".join(refused.output.split())
    assert f"{OTHER} is the last app host that is ready for mailroom, as fleet-edge sees it" in said
    assert left == ""


def test_a_host_that_still_has_something_in_hand_is_not_said_to_be_drained(places: Places) -> None:
    fleet = places.fleet
    held = f"import socket, time; s = socket.create_connection(('{fleet.addresses[HOST]}', 8000)); time.sleep(50)"
    fleet.run(fleet.edge, f'systemd-run --quiet --unit held python3 -c "{held}"')
    drained = drain(fleet, HOST, "-e", "nginx_drain_patience=5")
    fleet.run(fleet.edge, "systemctl stop held.service")
    again = drain(fleet)
    undrain(fleet)

    assert drained.code != 0
    said = " ".join(drained.output.split())
    assert f"{HOST} gets no new requests, but has some in hand since more than 5 s. It stays drained." in said
    assert again.code == 0, again.output[-3000:]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("nowhere", "HOST=nowhere: there is no such host here. The app hosts are fleet-app-1, fleet-app-2"),
        ("fleet-data", "fleet-data is no app host, so no edge sends it requests"),
    ],
)
def test_what_is_no_app_host_is_not_drained(places: Places, host: str, said: str) -> None:
    refused = drain(places.fleet, host)

    assert refused.code != 0
    assert said in " ".join(refused.output.split())


def test_a_host_whose_nginx_dies_is_left_within_seconds(places: Places, figures: Figures) -> None:
    fleet = places.fleet
    with watched(fleet) as seen:
        begun = time.time()
        fleet.run(HOST, "systemctl kill --signal KILL nginx.service; systemctl stop nginx.service")
        time.sleep(10)
        fleet.run(HOST, "systemctl reset-failed nginx.service; systemctl start nginx.service")
        wait_for(lambda: nginx_answers(fleet), "nginx")
        time.sleep(4)
    seconds = left_after(places, begun, "an app host's nginx killed for 10 s", seen, figures)
    assert sum(seen.failed().values()) <= 4, seen.tables()
    assert seconds < 8


def test_a_host_that_stands_still_is_left_within_seconds(places: Places, figures: Figures) -> None:
    fleet = places.fleet
    with watched(fleet) as seen:
        begun = time.time()
        fleet.run(HOST, "systemctl kill --signal STOP nginx.service")
        time.sleep(12)
        left = time.time()
        fleet.run(HOST, "systemctl kill --signal CONT nginx.service")
        time.sleep(6)
    seconds = left_after(places, begun, "an app host that stands still for 12 s", seen, figures)
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()
    assert places.answered(math.ceil(begun + seconds + 1), math.floor(left)).keys() == {OTHER}


def test_a_host_that_loses_its_power_is_left_within_seconds(places: Places, figures: Figures) -> None:
    fleet = places.fleet
    with watched(fleet) as seen:
        begun = time.time()
        fleet.power_off(HOST)
        time.sleep(15)
        fleet.boot(HOST)
        wait_for(lambda: nginx_answers(fleet), "nginx of the booted host")
        time.sleep(5)
    seconds = left_after(places, begun, "an app host without power for 15 s", seen, figures)
    assert sum(seen.failed().values()) <= 4, seen.tables()
    assert seconds < 15


def test_hosts_come_and_go_in_the_inventory_without_a_reload_or_a_lost_request(
    places: Places, figures: Figures
) -> None:
    fleet, workers, edge = places.fleet, places.workers(), places.fleet.edge
    wish = json.loads(fleet.run(edge, f"cat {WISH}"))
    wish["sites"][0]["hosts"].pop(fleet.addresses[HOST])
    with watched(fleet) as seen:
        fleet.run(edge, f"cat > {WISH}.new <<'E'\n{json.dumps(wish)}\nE\nmv {WISH}.new {WISH}")
        wait_for(lambda: places.shares() == {OTHER: 12}, "a list of one host")
        converged = fleet.play("tests/release/plays/nginx.yml", "--limit", edge)
        wait_for(lambda: places.shares() == {HOST: 6, OTHER: 6}, "the list of both")
    figures.say("an app host taken off the list and put back, failed", seen.figure(), "0")
    assert converged.changes == [f"nginx : Say over which app hosts the places are spread on {edge}"]
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()
    assert places.workers() == workers


def test_the_kernel_leads_on_while_the_program_is_dead_and_after_its_restart(places: Places) -> None:
    fleet, edge, before = places.fleet, places.fleet.edge, places.table()
    with watched(fleet) as seen:
        fleet.run(edge, "systemctl kill --signal KILL slipway-places.service")
        time.sleep(4)
        fleet.run(edge, "systemctl stop slipway-places.service")
        time.sleep(2)
        stopped = places.table()
        fleet.run(edge, "systemctl start slipway-places.service")
        time.sleep(2)
    assert seen.failed() == {"GET": 0, "POST": 0}, seen.tables()
    assert before
    assert [stopped, places.table()] == [before, before]


def test_a_table_that_somebody_flushed_is_back_within_seconds(places: Places, figures: Figures) -> None:
    before = places.table()
    begun = time.monotonic()
    places.fleet.run(places.fleet.edge, "nft delete table ip slipway_places")
    wait_for(lambda: places.table() == before, "the table")
    figures.say("until a table of places that was deleted is back", f"{time.monotonic() - begun:.1f} s", "6 s")
    assert places.fleet.client().ask("/health/ready").status == 200


def test_an_edge_that_boots_leads_as_before_as_soon_as_it_serves(places: Places) -> None:
    fleet, before = places.fleet, places.table()
    fleet.reboot(fleet.edge)
    wait_for(lambda: bool(fleet.run(fleet.edge, "systemctl is-active nginx", check=False).strip() == "active"), "nginx")

    assert fleet.client().ask("/health/ready").status == 200
    assert places.table() == before
    order = "systemctl show -p ActiveEnterTimestampMonotonic --value slipway-places.service nginx.service"
    restored, served = (int(moment) for moment in fleet.run(fleet.edge, order).split())
    assert restored < served
