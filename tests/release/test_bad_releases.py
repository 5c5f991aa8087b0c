"""Bad releases, each under load: the old version serves everything afterwards, and it is said why.

The faults are real ones of the service: tests/release/faults.py. A run plays half of them (tests/turns.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.figures import Figures
from tests.load.table import table
from tests.release.badness import MIGRATION, Site
from tests.release.judging import Judge
from tests.turns import in_turn

pytestmark = pytest.mark.timeout(1800)


def test_a_good_release_passes_the_same_gate_under_the_same_load(trial_site: Site, figures: Figures) -> None:
    trial = trial_site.attempt()
    figures.say("a good release through the same gate: failed of sent", trial.figure(), "0")
    assert trial.played.code == 0, trial.played.output[-6000:]
    assert trial.report.clean, table(trial.report)
    assert trial.report.total.release_names == {trial.old, trial.new}
    assert trial_site.live() == trial.new
    assert {entry["verdict"] for entry in trial_site.written_down(trial.new).values()} == {"succeeded"}


@dataclass(frozen=True)
class Bad:
    """A fault of the service, and what it must look like.

    Attributes:
        fault: its name in faults.py.
        says: patterns of what must be said of it.
        felt: whether requests of the load fail by it; None where it takes only those in hand as it happens, which may
            be the probe's alone (``says`` has the probe's then).
    """

    fault: str
    says: tuple[str, ...]
    felt: bool | None = True


BAD = {
    "doesn't start": Bad("no start", ("the flux capacitor is missing",), felt=False),
    "is ready and then crashes": Bad("crash", ("the probe", "POST /api/v1/messages", "502"), felt=None),
    "fails one request in 50": Bad("few errors", ("The gate failed", "errors of {new} above those of {old}")),
    "fails one endpoint": Bad("one endpoint", ("The gate failed", "route=/api/v1/messages/<uuid:message_id>")),
    "takes twice as long": Bad("twice as slow", ("The gate failed", "p95 of {new}"), felt=False),
    "takes more and more memory": Bad("leak", ("The gate failed", "memory of {new}"), felt=False),
    "gives wrong answers": Bad("wrong answers", ("the probe", "wrong body", "state isn't in it")),
    "has a worker that dies": Bad("dying worker", ("worker of slot|mailroom-worker@",), felt=False),
}


@pytest.mark.parametrize("what", in_turn(list(BAD), 4))
def test_a_bad_release_goes_back_and_says_why(what: str, trial_site: Site, judge: Judge) -> None:
    bad = BAD[what]
    trial = trial_site.attempt(fault=bad.fault)
    judge(what, trial, tuple(said.format(new=trial.new, old=trial.old) for said in bad.says))
    assert "Last log lines of mailroom-" in trial.last_words
    if bad.felt is not None:
        assert (trial.failed > 0) == bad.felt, "the load didn't meet the fault" if bad.felt else table(trial.report)


def test_a_release_whose_migration_fails_moves_no_lane(trial_site: Site, judge: Judge) -> None:
    trial = trial_site.attempt(version=trial_site.migrating)
    judge("has a migration that fails", trial, (MIGRATION, "no_such_table"))
    assert not trial.moves
