"""What works on one host works on many: the groups divided between hosts, by the same playbooks."""

from __future__ import annotations

import pytest

from tests.fleet import Fleet
from tests.local_host import wait_for
from tests.release.prometheus import asked
from tests.turns import share
from tools.site import deliver

pytestmark = [pytest.mark.timeout(1200), share(2)]

DATA = "fleet-data"
LISTENING = "ss --no-header --tcp --listening --numeric | awk '{ print $4 }'"


def test_a_message_travels_from_an_app_host_through_the_database_of_another(live_fleet: Fleet) -> None:
    received = deliver(live_fleet.client(), live_fleet.outside(), "from many hosts", "fleet@example.org")
    assert received["subject"] == "from many hosts"


def test_a_second_converge_of_many_hosts_changes_nothing(live_fleet: Fleet) -> None:
    again = live_fleet.converge()
    assert again.changed == 0, again.changes


def test_the_monitoring_host_reaches_every_target_of_the_others(live_fleet: Fleet) -> None:
    idle = {host: slots["idle"] for host, slots in live_fleet.slots().items()}

    def missing() -> list[str]:
        targets = asked(live_fleet, "targets?state=active")["activeTargets"]
        labels = [(target, target["labels"]) for target in targets]
        watched = [target for target, own in labels if own.get("slot", "") != idle.get(own["instance"])]
        assert {target["labels"]["instance"] for target in watched} == set(live_fleet.addresses)
        return [target["scrapeUrl"] for target in watched if target["health"] != "up"]

    wait_for(lambda: not missing(), "a scrape of every target", limit=90)


def test_the_database_listens_for_the_app_hosts_and_lets_nobody_else_in(live_fleet: Fleet) -> None:
    listening = {host: live_fleet.run(host, LISTENING).split() for host in live_fleet.addresses}
    doors = {host: {one for one in found if one.endswith(":5432")} for host, found in listening.items()}
    address = live_fleet.addresses[DATA]
    assert doors.pop(DATA) - {"127.0.0.1:5432", "[::1]:5432"} == {f"{address}:5432"}
    assert not any(doors.values()), doors
    knock = f"timeout 3 bash -c '</dev/tcp/{address}/5432' 2>/dev/null && echo open || true"
    assert {host for host in doors if live_fleet.run(host, knock).strip()} == set(live_fleet.of_group("app"))


def test_the_database_has_a_connection_for_every_slot_of_every_app_host(live_fleet: Fleet) -> None:
    """At the changeover both slots' web services (two processes of four) and workers (four and three) are connected."""
    most = len(live_fleet.of_group("app")) * 2 * (2 * 4 + 4 + 3)
    limit = "select rolconnlimit from pg_roles where rolname = 'mailroom'"
    assert int(live_fleet.run(DATA, f'cd / && sudo -u postgres psql -Atc "{limit}"')) >= most
