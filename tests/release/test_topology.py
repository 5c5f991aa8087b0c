"""What works on one host works on many: the groups divided between hosts, by the same playbooks."""

from __future__ import annotations

import json

import pytest

from tests.fleet import Fleet
from tests.local_host import wait_for
from tools.site import deliver

pytestmark = pytest.mark.timeout(1200)

DATA = "fleet-data"
TARGETS = "curl --silent --fail 'http://127.0.0.1:9090/api/v1/targets?state=active'"
LISTENING = "ss --no-header --tcp --listening --numeric | awk '{ print $4 }'"


def test_a_message_travels_from_an_app_host_through_the_database_of_another(live_fleet: Fleet) -> None:
    received = deliver(live_fleet.client(), live_fleet.outside(), "from many hosts", "fleet@example.org")
    assert received["subject"] == "from many hosts"


def test_a_second_converge_of_many_hosts_changes_nothing(live_fleet: Fleet) -> None:
    again = live_fleet.converge()
    assert again.changed == 0, again.output[-6000:]


def test_the_monitoring_host_reaches_every_target_of_the_others(live_fleet: Fleet) -> None:
    idle = {host: slots["idle"] for host, slots in live_fleet.slots().items()}

    def missing() -> list[str]:
        targets = json.loads(live_fleet.run(DATA, TARGETS))["data"]["activeTargets"]
        labels = [(target, target["labels"]) for target in targets]
        watched = [target for target, own in labels if own.get("slot", "") != idle.get(own["instance"])]
        assert {target["labels"]["instance"] for target in watched} == set(live_fleet.addresses)
        return [target["scrapeUrl"] for target in watched if target["health"] != "up"]

    wait_for(lambda: not missing(), "a scrape of every target", limit=90)


def test_the_database_listens_for_the_app_hosts_and_lets_nobody_else_in(live_fleet: Fleet) -> None:
    listening = live_fleet.run(DATA, LISTENING).split()
    assert f"{live_fleet.addresses[DATA]}:5432" in listening
    assert "0.0.0.0:5432" not in listening
    rules = live_fleet.run(DATA, "nft list ruleset | grep 5432")
    let_in = {host for host, address in live_fleet.addresses.items() if address in rules}
    assert let_in - {DATA} == set(live_fleet.of_group("app"))
    assert ":5432" not in live_fleet.run(live_fleet.of_group("app")[0], LISTENING)
