"""The matrix of bad releases, each under load: the old version serves everything afterwards, and it is said why.

The faults are real ones of the service (tests/release/faults.py), of its hosts or of what watches.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.table import table
from tests.local_host import wait_for
from tests.playing import Playing
from tests.release.badness import MIGRATION, Site, with_a_migration, with_faults
from tests.release.trial import Trial

IN_HAND = 8  # requests that a host may have taken and not answered at 60 a second
pytestmark = pytest.mark.timeout(1800)

Builder = Callable[[str, Callable[[Path], None]], str]
Judge = Callable[[str, Trial, tuple[str, ...]], None]


@pytest.fixture(scope="module")
def site(fleet: Fleet, artifacts: Path, build_changed: Builder) -> Site:
    """Return the fleet with a sound version live, and another that can have a fault."""
    pair = build_changed("3.1.0", with_faults), build_changed("3.1.1", with_faults)
    return Site(fleet, artifacts, pair, build_changed("3.1.2", with_a_migration), build_changed("3.1.3", with_faults))


def assert_only_the_old_serves(site: Site, trial: Trial) -> None:
    """See that on every host the old version has all lanes and works on the queue, and that nothing is left over."""
    for host, found in site.fleet.slots().items():
        assert not found["divided"], (host, found)
        live, idle = found["slots"][found["live"]], found["slots"][found["idle"]]
        assert (live["release"], live["web"], live["worker"]) == (trial.old, "active", "active"), (host, found)
        assert (idle["web"], idle["worker"]) == ("inactive", "inactive"), (host, found)
    assert {site.fleet.client().ask("/page").release for _ in range(20)} == {trial.old}
    assert not site.left_over()


def assert_told(trial: Trial, reasons: tuple[str, ...]) -> None:
    """See that the release failed, and that its last message says why: all of these patterns are in it."""
    assert trial.played.code != 0, trial.played.output[-4000:]
    for reason in (*reasons, f"Release {re.escape(trial.new)} of mailroom failed"):
        assert re.search(reason, trial.last_words), trial.last_words + "\n\n" + trial.played.output[-8000:]


def assert_nothing_lost_but_its_share(trial: Trial) -> None:
    """See that only the new version's lanes lost requests, and that the old one answered right all along."""
    seen = {release.name: release for release in trial.report.total.releases}
    assert seen[trial.old].answers == seen[trial.old].ok, table(trial.report)
    assert trial.failed <= trial.share(), f"{trial.figure()}\n{table(trial.report)}"
    assert not trial.report.total.unasked


@pytest.fixture
def judge(site: Site, figures: Figures) -> Judge:
    """Return a function that notes a trial's figures, and sees that it ended as it must."""

    def judge_it(what: str, trial: Trial, reasons: tuple[str, ...]) -> None:
        figures.say(f"a release that {what}: failed of sent", trial.figure(), "at most its lanes' share")
        assert_told(trial, reasons)
        assert_nothing_lost_but_its_share(trial)
        assert_only_the_old_serves(site, trial)
        for host in site.fleet.of_group("app"):
            entry = site.written_down(host, trial.new)
            assert (entry["verdict"], entry["before"]) == ("failed", trial.old), entry
            assert all(re.search(reason, " ".join(entry["reason"].split())) for reason in reasons), entry

    return judge_it


def test_a_good_release_passes_the_same_gate_under_the_same_load(site: Site, figures: Figures) -> None:
    trial = site.attempt()
    figures.say("a good release through the same gate: failed of sent", trial.figure(), "0")
    assert trial.played.code == 0, trial.played.output[-6000:]
    assert trial.report.clean, table(trial.report)
    assert trial.report.total.release_names == {trial.old, trial.new}
    assert site.live() == trial.new
    assert site.written_down(site.fleet.of_group("app")[0], trial.new)["verdict"] == "succeeded"


@dataclass(frozen=True)
class Bad:
    """A fault of the service, what must be said of it, whether requests fail by it, and more variables."""

    fault: str
    says: tuple[str, ...]
    felt: bool = True
    variables: dict[str, Any] = field(default_factory=dict)


BAD = {
    "doesn't start": Bad("no start", ("the flux capacitor is missing",), felt=False),
    "is ready and then crashes": Bad("crash", ("the probe", "POST /api/v1/messages", "502")),
    "fails one request in 50": Bad("few errors", ("The gate failed", "errors of {new} above those of {old}")),
    "fails one endpoint": Bad("one endpoint", ("The gate failed", "route=/api/v1/messages/<uuid:message_id>")),
    "takes twice as long": Bad("twice as slow", ("The gate failed", "p95 of {new}"), felt=False),
    "takes more and more memory": Bad("leak", ("The gate failed", "memory of {new}"), felt=False),
    "gives wrong answers": Bad("wrong answers", ("the probe", "wrong body", "state isn't in it")),
    "has a worker that dies": Bad("dying worker", ("worker of slot|mailroom-worker@",), felt=False),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_release_goes_back_and_says_why(what: str, site: Site, judge: Judge) -> None:
    bad = BAD[what]
    trial = site.attempt(bad.variables, fault=bad.fault)
    judge(what, trial, tuple(said.format(new=trial.new, old=trial.old) for said in bad.says))
    assert (trial.failed > 0) == bad.felt, "the load didn't meet the fault" if bad.felt else table(trial.report)


def test_a_release_whose_migration_fails_moves_no_lane(site: Site, judge: Judge) -> None:
    trial = site.attempt(version=site.migrating)
    judge("has a migration that fails", trial, (MIGRATION, "no_such_table"))
    assert not trial.moves


HOLDER = "a-long-report"
LOCKS = f"""
PGAPPNAME={HOLDER} setsid --fork runuser -u postgres -- psql --quiet mailroom >/dev/null 2>&1 <<'END'
BEGIN; LOCK TABLE messages IN ACCESS SHARE MODE; SELECT pg_sleep(900);
END
"""
HELD = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a-long-report' AND query LIKE '%pg_sleep%'"
UNLOCKS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'a-long-report'"


def sql(site: Site, statement: str) -> str:
    """Run a statement on the data host as its administrator; return what came of it."""
    (host,) = site.fleet.of_group("db")
    return site.fleet.run(
        host, f'runuser -u postgres -- psql --no-align --tuples-only mailroom <<< "{statement}"'
    ).strip()


@pytest.fixture
def long_report(site: Site) -> Iterator[str]:
    """Have a session hold a lock that a migration needs; return its name."""
    (host,) = site.fleet.of_group("db")
    site.fleet.run(host, LOCKS)
    wait_for(lambda: sql(site, HELD) == "1", "the session that holds a lock")
    yield HOLDER
    sql(site, UNLOCKS)


def test_a_release_whose_migration_waits_for_a_lock_gives_up(site: Site, judge: Judge, long_report: str) -> None:
    patience = {"mailroom_extra_environment": {"MAILROOM_MIGRATION_LOCK_PATIENCE_SECONDS": "3"}}
    trial = site.attempt(patience, version=site.migrating)
    judge("has a migration that waits for a lock", trial, (MIGRATION, "Given up after", long_report))
    assert not trial.moves
    assert sql(site, HELD) == "1", "nobody held the lock any more"


IN_CUTOVER = "Ask Prometheus whether the release may go on, with lanes of 20: 5"
IN_BAKE = "Ask Prometheus whether the release may go on, with lanes of 20: 20"
GONE = "fleet-app-2"


def others_back(trial: Trial, since: float) -> str:
    """Return the figures, with the seconds between the fault and the way back of the lanes that could be reached."""
    moves = [moves[-1][0] for host, moves in trial.moves.items() if host != GONE]
    took = f"the others' lanes back in {max(moves) - since:.1f} s" if moves else "no lane moved"
    return f"{trial.failed} of {trial.report.total.sent}; {took}; {trial.played.seconds:.0f} s in all"


def assert_the_others_are_back(site: Site, trial: Trial) -> None:
    """See that the host that could be reached serves the old version alone, and that the message names the other."""
    assert_told(trial, (f"NOT BACK: {GONE}" if trial.moves else GONE,))
    (other,) = set(site.fleet.of_group("app")) - {GONE}
    found = site.fleet.slots(hosts=other)[other]
    assert found["live"], found
    assert found["slots"][found["live"]]["release"] == trial.old
    assert found["slots"][found["idle"]]["web"] == "inactive"
    entry = site.written_down(other, trial.new)
    assert (entry["verdict"], entry["missing"]) == ("failed" if "stage" in entry["phases"] else "refused", [GONE]), (
        entry
    )


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_host_that_is_cut_off_keeps_no_other_from_going_back(when: str, site: Site, figures: Figures) -> None:
    def cut(playing: Playing) -> None:
        if when != "before":
            playing.wait_for(IN_CUTOVER if when == "during" else IN_BAKE)
        began.append(time.time())
        site.fleet.cut_network(GONE)

    began: list[float] = []
    trial = site.attempt(during=cut)
    figures.say(f"a host unreachable {when} the cutover: failed of sent", others_back(trial, began[0]), "0")
    assert trial.report.clean, table(trial.report)
    assert_the_others_are_back(site, trial)
    site.fleet.mend_network(GONE)
    if trial.moves:
        back = site.fleet.rollback()
        assert back.code == 0, back.output[-6000:]
    assert_only_the_old_serves(site, trial)


def test_a_host_that_loses_its_power_in_the_cutover_serves_nothing_until_it_is_put_right(
    site: Site, figures: Figures
) -> None:
    def cut_the_power(playing: Playing) -> None:
        playing.wait_for(IN_CUTOVER)
        began.append(time.time())
        site.fleet.power_off(GONE)

    began: list[float] = []
    trial = site.attempt(during=cut_the_power)
    what = "a host without power during the cutover: failed of sent"
    figures.say(what, others_back(trial, began[0]), "what it had in hand")
    assert trial.failed <= IN_HAND, table(trial.report)
    assert_the_others_are_back(site, trial)
    site.fleet.boot(GONE)
    assert site.fleet.run(GONE, "systemctl is-active nginx || true").strip() != "active"
    assert {site.fleet.client().ask("/page").release for _ in range(20)} == {trial.old}
    back = site.fleet.rollback()
    assert back.code == 0, back.output[-6000:]
    assert_only_the_old_serves(site, trial)


@pytest.fixture
def prometheus(site: Site) -> Iterator[Callable[[str], str]]:
    """Return a function that starts or stops Prometheus; afterwards it runs."""
    (host,) = site.fleet.of_group("monitoring")
    yield lambda verb: site.fleet.run(host, f"systemctl {verb} prometheus")
    site.fleet.run(
        host,
        "systemctl start prometheus; curl --silent --fail --retry 60 --retry-delay 1 --retry-all-errors"
        " http://127.0.0.1:9090/-/ready",
    )


def test_no_release_begins_while_prometheus_is_down(
    site: Site, figures: Figures, prometheus: Callable[[str], str]
) -> None:
    prometheus("stop")
    trial = site.attempt({"release_despite_alerts": False})
    figures.say("Prometheus down before: failed of sent", trial.figure(), "0")
    assert_told(trial, ("Prometheus at http://127.0.0.1:9090 doesn't answer", "Nothing was touched"))
    assert trial.report.clean, table(trial.report)
    assert not trial.moves
    assert_only_the_old_serves(site, trial)
    assert site.written_down(site.fleet.of_group("app")[0], trial.new)["verdict"] == "refused"


def test_a_release_goes_back_when_prometheus_goes_down(
    site: Site, judge: Judge, prometheus: Callable[[str], str]
) -> None:
    def stop(playing: Playing) -> None:
        playing.wait_for(IN_CUTOVER)
        prometheus("stop")

    trial = site.attempt({"app_gate": {"patience": 5}}, during=stop)
    judge("loses Prometheus", trial, ("The gate has no data", "Prometheus at http://127.0.0.1:9090 doesn't answer"))
    assert trial.report.clean, table(trial.report)


# A small disk over the releases: what is there is seen through it, what is written goes to it.
SMALL_DISK = """
mkdir -p /run/small && mount -t tmpfs -o size={size} tmpfs /run/small && mkdir /run/small/upper /run/small/work
mount -t overlay -o lowerdir=/srv/mailroom/releases,upperdir=/run/small/upper,workdir=/run/small/work overlay \
  /srv/mailroom/releases
"""
NO_SMALL_DISK = "umount --lazy /srv/mailroom/releases /run/small"
FILLS = """
timeout 300 sh -c 'until test -e /srv/mailroom/releases/{version}/venv; do sleep 0.02; done'
head --bytes 2G /dev/zero > /run/small/filler
"""


@pytest.mark.parametrize(
    ("what", "size", "says"),
    [
        ("finds a full disk", "20M", "the disk is too full to stage"),
        ("fills the disk while it's staged", "1G", "No space left on device"),
    ],
)
def test_a_release_that_does_not_fit_on_a_disk_moves_no_lane(
    what: str, size: str, says: str, site: Site, judge: Judge
) -> None:
    def fill(playing: Playing) -> None:
        playing.wait_for("TASK [app : Stage the release, and see")
        site.fleet.run(GONE, FILLS.format(version=site.unstaged), check=False)

    site.fleet.run(GONE, SMALL_DISK.format(size=size))
    try:
        trial = site.attempt(version=site.unstaged, during=fill if "while" in what else None)
    finally:
        site.fleet.run(GONE, NO_SMALL_DISK)
    judge(what, trial, (says,))
    assert not trial.moves
    assert site.unstaged not in site.fleet.run(GONE, "ls /srv/mailroom/releases")
