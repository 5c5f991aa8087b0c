"""What has to be true after a release that failed."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.load.table import table
from tests.release.badness import Site
from tests.release.trial import Trial

# What is wrong with a release, what came of it, and patterns of which each must be in its reason.
Judge = Callable[[str, Trial, tuple[str, ...]], None]


def assert_only_the_old_serves(site: Site, trial: Trial, rolled_back: str = "") -> None:
    """See that on every host the old version has all lanes and works on the queue, and that nothing is left over.

    On a host that was rolled back later the new version's web service may still be warm.
    """
    for host, found in site.fleet.slots().items():
        assert not found["divided"], (host, found)
        live, idle = found["slots"][found["live"]], found["slots"][found["idle"]]
        assert (live["release"], live["web"], live["worker"]) == (trial.old, "active", "active"), (host, found)
        assert idle["worker"] == "inactive", (host, found)
        assert idle["web"] == "inactive" or host == rolled_back, (host, found)
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


def assert_written_down(site: Site, trial: Trial, reasons: tuple[str, ...]) -> None:
    """See that every host's ledger tells of the release, that it failed, and why."""
    for entry in site.written_down(trial.new).values():
        assert (entry["verdict"], entry["before"]) == ("failed", trial.old), entry
        assert all(re.search(reason, " ".join(entry["reason"].split())) for reason in reasons), entry
