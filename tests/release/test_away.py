"""An app host that loses its power in the middle of a release, and comes back when the others have gone back or on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.release.mix import load_on, reads
from tests.release.quick import Quick, words
from tests.turns import share

pytestmark = [pytest.mark.timeout(2400), share(4)]

HERE, AWAY = "fleet-app-1", "fleet-app-2"
# A person waits a minute for a host that is gone; a test needn't.
IMPATIENT = {"ANSIBLE_TIMEOUT": "5", "ANSIBLE_SSH_RETRIES": "0"}


@pytest.fixture(autouse=True)
def at_rest(fleet: Fleet) -> Iterator[None]:
    """Have no test end while the host is off."""
    yield
    fleet.boot(AWAY)


def nginx_of(fleet: Fleet, host: str) -> str:
    """Return the state of a host's nginx."""
    return fleet.run(host, "systemctl is-active nginx || true").strip()


def clients(fleet: Fleet) -> OpenLoop:
    """Return clients that ask through the edge for as long as a test needs."""
    return load_on(fleet.url, fleet.certificate, (reads(),), 1200, rate=20, timeout=30)


def assert_held(quick: Quick) -> None:
    """See that the host that came back takes no requests."""
    assert nginx_of(quick.fleet, AWAY) == "inactive"
    assert quick.fleet.run(AWAY, "ls /var/lib/slipway/held").strip()


def assert_right(quick: Quick, version: str) -> None:
    """See that all is as if the host had never been away."""
    assert quick.fleet.versions() == dict.fromkeys(quick.hosts, version)
    assert not quick.left_over()
    assert nginx_of(quick.fleet, AWAY) == "active"
    assert not quick.fleet.run(AWAY, "ls /var/lib/slipway/held 2>/dev/null || true").strip()
    slots = quick.fleet.slots()[AWAY]
    assert slots["slots"][slots["live"]]["worker"] == "active"


def test_a_host_that_goes_sends_the_others_back_and_is_held_until_a_rollback(quick: Quick, figures: Figures) -> None:
    fleet, before = quick.fleet, quick.live()
    playing = quick.watching(quick.next(), env=IMPATIENT)
    fleet.power_off(AWAY)
    failed = playing.wait()

    said = words(failed.output)
    assert failed.code != 0
    assert f"Every lane is on the slot before, which serves {before}. The new slot is stopped." in said
    assert f"NOT BACK: {AWAY}. `make release` or `make rollback` puts them right once they can be reached." in said
    assert fleet.versions(hosts=HERE) == {HERE: before}
    entry = quick.ledger(HERE)[-1]
    assert (entry["verdict"], entry["missing"]) == ("failed", [AWAY])

    with clients(fleet) as load:
        fleet.boot(AWAY)
        assert_held(quick)
        repaired = quick.rolled_back()
        assert "Found an unfinished release" in words(repaired.output)
        assert_right(quick, before)
        report = load.report()
    figures.say("a held host boots, and a rollback lifts the hold, failed", f"{report.total.failed}", "0")
    assert report.clean, table(report)
    assert report.total.release_names == {before}


def test_where_all_hosts_went_the_next_release_finds_the_site_down_and_brings_it_back(quick: Quick) -> None:
    fleet, before, version = quick.fleet, quick.live(), quick.next()
    playing = quick.watching(version, env=IMPATIENT)
    for host in quick.hosts:
        fleet.power_off(host)
    assert playing.wait().code != 0

    for host in quick.hosts:
        fleet.boot(host)
    assert {nginx_of(fleet, host) for host in quick.hosts} == {"inactive"}
    released = quick.released(version)
    assert f"Found an unfinished release {version}" in words(released.output)
    assert fleet.client().ask("/page").release == version != before
    assert_right(quick, version)


def test_a_host_that_misses_the_end_is_held_until_the_release_is_finished_there(quick: Quick, figures: Figures) -> None:
    fleet, version = quick.fleet, quick.next()
    playing = quick.begin(version, env=IMPATIENT)
    # The last thing that is said before the ledger is written and the lock freed.
    playing.wait_for("TASK [app : Say what is live]")
    with fleet.network_cut(AWAY):
        ended = playing.wait()
        fleet.power_off(AWAY)
    assert ended.code == 0, ended.output[-6000:]
    assert quick.ledger(HERE)[-1]["verdict"] == "succeeded"
    assert fleet.versions(hosts=HERE) == {HERE: version}

    with clients(fleet) as load:
        fleet.boot(AWAY)
        assert_held(quick)
        finished = quick.released(version)
        assert "It is continued." in words(finished.output)
        assert_right(quick, version)
        report = load.report()
    figures.say("a held host boots, and a release lifts the hold, failed", f"{report.total.failed}", "0")
    assert report.clean, table(report)
    assert report.total.release_names == {version}
