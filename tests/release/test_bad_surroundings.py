"""Sound releases that hosts, network, database, disk or Prometheus don't let happen, each under load.

The old version serves everything afterwards, also on a host that was away meanwhile once the next command has come.
Of what comes in several forms, a run plays one (tests/turns.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.figures import Figures
from tests.load.table import table
from tests.local_host import wait_for
from tests.playing import Playing
from tests.release.badness import MIGRATION, Site
from tests.release.judging import Judge, assert_only_the_old_serves, assert_told
from tests.release.trial import Trial
from tests.turns import in_turn, share

pytestmark = [pytest.mark.timeout(1800), share(5)]

IN_HAND = 8  # requests that a host may have taken and not answered, at 60 a second
HOLDER = "a-long-report"
LOCKS = f"""
PGAPPNAME={HOLDER} setsid --fork runuser -u postgres -- psql --quiet mailroom >/dev/null 2>&1 <<'END'
BEGIN; LOCK TABLE messages IN ACCESS SHARE MODE; SELECT pg_sleep(900);
END
"""
HELD = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a-long-report' AND query LIKE '%pg_sleep%'"
UNLOCKS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'a-long-report'"


def sql(trial_site: Site, statement: str) -> str:
    """Run a statement on the data host as its administrator; return what came of it."""
    (host,) = trial_site.fleet.of_group("db")
    return trial_site.fleet.run(
        host, f'runuser -u postgres -- psql --no-align --tuples-only mailroom <<< "{statement}"'
    ).strip()


@pytest.fixture
def long_report(trial_site: Site) -> Iterator[str]:
    """Have a session hold a lock that a migration needs; return its name."""
    trial_site.settle()  # before the first release there is no table
    (host,) = trial_site.fleet.of_group("db")
    trial_site.fleet.run(host, LOCKS)
    wait_for(lambda: sql(trial_site, HELD) == "1", "the session that holds a lock")
    yield HOLDER
    sql(trial_site, UNLOCKS)


def test_a_release_whose_migration_waits_for_a_lock_gives_up(trial_site: Site, judge: Judge, long_report: str) -> None:
    patience = {"mailroom_extra_environment": {"MAILROOM_MIGRATION_LOCK_PATIENCE_SECONDS": "3"}}
    trial = trial_site.attempt(patience, version=trial_site.migrating)
    judge("has a migration that waits for a lock", trial, (MIGRATION, "Given up after", long_report))
    assert not trial.moves
    assert sql(trial_site, HELD) == "1", "nobody held the lock any more"


IN_CUTOVER = "Ask Prometheus whether the release may go on, with lanes of 20: 5"
IN_BAKE = "Ask Prometheus whether the release may go on, with lanes of 20: 20"
GONE = "fleet-app-2"


def others_back(trial: Trial, since: float) -> str:
    """Return the figures, with the seconds between the fault and the way back of the lanes that could be reached."""
    moves = [moves[-1][0] for host, moves in trial.moves.items() if host != GONE]
    took = f"the others' lanes back in {max(moves) - since:.1f} s" if moves else "no lane moved"
    return f"{trial.failed} of {trial.report.total.sent}; {took}; {trial.played.seconds:.0f} s in all"


def assert_the_others_are_back(trial_site: Site, trial: Trial) -> None:
    """See that the host that could be reached serves the old version alone, and that the message names the other."""
    assert_told(trial, (f"NOT BACK: {GONE}" if trial.moves else GONE,))
    (other,) = set(trial_site.fleet.of_group("app")) - {GONE}
    found = trial_site.fleet.slots(hosts=other)[other]
    assert found["live"], found
    assert found["slots"][found["live"]]["release"] == trial.old
    assert found["slots"][found["idle"]]["web"] == "inactive"
    entry = trial_site.written_down(trial.new, other)[other]
    assert (entry["verdict"], entry["missing"]) == ("failed" if "stage" in entry["phases"] else "refused", [GONE]), (
        entry
    )


@pytest.mark.parametrize("when", in_turn(["before", "during", "after"], 3, of_a_share=True))
def test_a_host_that_is_cut_off_keeps_no_other_from_going_back(when: str, trial_site: Site, figures: Figures) -> None:
    def cut(playing: Playing) -> None:
        if when != "before":
            playing.wait_for(IN_CUTOVER if when == "during" else IN_BAKE)
        began.append(time.time())
        trial_site.fleet.cut_network(GONE)

    began: list[float] = []
    trial = trial_site.attempt(during=cut)
    figures.say(f"a host unreachable {when} the cutover: failed of sent", others_back(trial, began[0]), "0")
    assert trial.report.clean, table(trial.report)
    assert_the_others_are_back(trial_site, trial)
    trial_site.fleet.mend_network(GONE)
    if trial.moves:
        back = trial_site.fleet.rollback()
        assert back.code == 0, back.output[-6000:]
    assert_only_the_old_serves(trial_site, trial, rolled_back=GONE)


def test_a_host_that_loses_its_power_in_the_cutover_serves_nothing_until_it_is_put_right(
    trial_site: Site, figures: Figures
) -> None:
    def cut_the_power(playing: Playing) -> None:
        playing.wait_for(IN_CUTOVER)
        began.append(time.time())
        trial_site.fleet.power_off(GONE)

    began: list[float] = []
    try:
        trial = trial_site.attempt(during=cut_the_power)
        what = "a host without power during the cutover: failed of sent"
        figures.say(what, others_back(trial, began[0]), "what it had in hand")
        assert trial.failed <= IN_HAND, table(trial.report)
        assert_the_others_are_back(trial_site, trial)
    finally:
        trial_site.fleet.boot(GONE)
    assert trial_site.fleet.run(GONE, "systemctl is-active nginx || true").strip() != "active"
    assert {trial_site.fleet.client().ask("/page").release for _ in range(20)} == {trial.old}
    back = trial_site.fleet.rollback()
    assert back.code == 0, back.output[-6000:]
    assert_only_the_old_serves(trial_site, trial, rolled_back=GONE)


@pytest.fixture
def prometheus(trial_site: Site) -> Iterator[Callable[[str], str]]:
    """Return a function that starts or stops Prometheus; afterwards it runs."""
    (host,) = trial_site.fleet.of_group("monitoring")
    yield lambda verb: trial_site.fleet.run(host, f"systemctl {verb} prometheus")
    trial_site.fleet.run(
        host,
        "systemctl start prometheus; curl --silent --fail --retry 60 --retry-delay 1 --retry-all-errors"
        " http://127.0.0.1:9090/-/ready",
    )


def test_no_release_begins_while_prometheus_is_down(
    trial_site: Site, figures: Figures, prometheus: Callable[[str], str]
) -> None:
    prometheus("stop")
    trial = trial_site.attempt({"release_despite_alerts": False})
    figures.say("Prometheus down before: failed of sent", trial.figure(), "0")
    assert_told(trial, ("Prometheus at http://127.0.0.1:9090 doesn't answer", "Nothing was touched"))
    assert trial.report.clean, table(trial.report)
    assert not trial.moves
    assert_only_the_old_serves(trial_site, trial)
    assert {entry["verdict"] for entry in trial_site.written_down(trial.new).values()} == {"refused"}


def test_a_release_goes_back_when_prometheus_goes_down(
    trial_site: Site, judge: Judge, prometheus: Callable[[str], str]
) -> None:
    def stop(playing: Playing) -> None:
        playing.wait_for(IN_CUTOVER)
        prometheus("stop")

    trial = trial_site.attempt({"app_gate": {"patience": 5}}, during=stop)
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
    what: str, size: str, says: str, trial_site: Site, judge: Judge
) -> None:
    def fill(_: Playing) -> None:
        # What waits is on the host: a task is announced only with its first result, and staging is over then.
        trial_site.fleet.run(GONE, FILLS.format(version=trial_site.unstaged), check=False)

    trial_site.settle()
    trial_site.fleet.run(GONE, SMALL_DISK.format(size=size))
    try:
        trial = trial_site.attempt(version=trial_site.unstaged, during=fill if "while" in what else None)
    finally:
        trial_site.fleet.run(GONE, NO_SMALL_DISK)
    judge(what, trial, (says,))
    assert not trial.moves
    assert trial_site.unstaged not in trial_site.fleet.run(GONE, "ls /srv/mailroom/releases")
