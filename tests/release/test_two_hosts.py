"""What works on one host works on many: the groups divided between two hosts, by the same playbooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local_host import LocalHost, wait_for
from tools.phases import Phases
from tools.site import deliver
from tools.up import ROOT

pytestmark = pytest.mark.timeout(1200)

PAIR = ROOT / "tests" / "inventories" / "pair"
TARGETS = "curl --silent --fail 'http://127.0.0.1:9090/api/v1/targets?state=active'"


@pytest.fixture(autouse=True)
def whole_lanes() -> None:
    """Look after no lanes of the local host here."""


@pytest.fixture(scope="module")
def web(lab: str, local_host: LocalHost) -> Iterator[LocalHost]:
    """Return the host of the groups edge and app, with the other groups on its sibling, both converged."""
    hosts = LocalHost(lab, local_host.state, Phases(local_host.state / "logs"), PAIR, "pair-web", "10.20.0.11")
    hosts.boot()
    converged = hosts.play("site.yml")
    assert converged.code == 0, converged.output[-6000:]
    yield hosts
    for name in ("pair-web", "pair-data"):
        hosts.in_lab("kill", name)


@pytest.fixture(scope="module")
def data(web: LocalHost) -> LocalHost:
    """Return the host of the groups db and monitoring."""
    return replace(web, name="pair-data", address="10.20.0.12")


@pytest.fixture(scope="module")
def released(web: LocalHost, artifacts: Path, versions: tuple[str, str]) -> LocalHost:
    """Return the first host with a release on it."""
    played = web.release(versions[0], artifacts)
    assert played.code == 0, played.output[-6000:]
    return web


def test_a_message_travels_from_one_host_through_the_database_of_the_other(released: LocalHost) -> None:
    received = deliver(released.client(), released.outside(), "from two hosts", "pair@example.org")
    assert received["subject"] == "from two hosts"


def test_a_second_converge_of_two_hosts_changes_nothing(released: LocalHost) -> None:
    again = released.play("site.yml")
    assert (again.code, again.changed) == (0, 0), again.output[-6000:]


def test_the_monitoring_host_reaches_every_target_of_the_other(released: LocalHost, data: LocalHost) -> None:
    idle = released.slots()["idle"]

    def missing() -> list[str]:
        targets = json.loads(data.run(TARGETS))["data"]["activeTargets"]
        watched = [target for target in targets if target["labels"].get("slot") != idle]
        assert {target["labels"]["instance"] for target in watched} == {"pair-web", "pair-data"}
        return [target["scrapeUrl"] for target in watched if target["health"] != "up"]

    wait_for(lambda: not missing(), "a scrape of every target", limit=90)


def test_the_database_listens_for_the_app_host_and_lets_nobody_else_in(released: LocalHost, data: LocalHost) -> None:
    listening = data.run("ss --no-header --tcp --listening --numeric | awk '{ print $4 }'").split()
    assert "10.20.0.12:5432" in listening
    assert "0.0.0.0:5432" not in listening
    assert "5432" in data.run("nft list ruleset | grep 10.20.0.11")
    assert not [line for line in released.run("ss --no-header -tln").splitlines() if ":5432" in line]
