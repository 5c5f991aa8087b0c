"""Every fault that the lab can make, by part, and the alerts that are proved elsewhere, or aren't, with the reason."""

from __future__ import annotations

from tests.faults import backups, database, edge, host, redis, releases, service, watchers
from tests.faults.fault import Fault
from tests.turns import everything, in_turn

FAULTS = (
    *host.FAULTS,
    *edge.FAULTS,
    *service.FAULTS,
    *database.FAULTS,
    *backups.FAULTS,
    *redis.FAULTS,
    *releases.FAULTS,
    *watchers.FAULTS,
)


def of_this_run() -> list[Fault]:
    """Return the faults that this run makes: some by turns, or all (tests/turns.py)."""
    return in_turn([fault for fault in FAULTS if everything() or not fault.slow], 24)


_MACHINE = "the lab's hosts share the machine's kernel: "
ELSEWHERE = {
    "AlertmanagerMissing": "test_watchdog.py: who is gone tells nobody, and that is what is told",
    "Watchdog": "test_watchdog.py",
    "SlotReleasing": "it is told to nobody; tests/templates/test_alertmanager_inhibitions.py has what it holds back",
    "ErrorBudgetSpent": "test_budget.py: any fault may be the one that spends it, and it stays spent",
}
UNPROVED = {
    "MemoryLow": _MACHINE + "its memory would have to be used up",
    "OomKill": _MACHINE + "no unit's memory is limited there, so that it would have to run out for everybody",
    "CpuSteal": _MACHINE + "nobody steals from it on request",
    "IoSaturated": _MACHINE + "its disk is not ours to keep busy",
    "ClockSkewed": _MACHINE + "its clock is everybody's",
    "ClockUnsynchronised": _MACHINE + "its clock is everybody's",
    "PostgresqlReplicationLag": "Slipway sets up no standby",
    "PostgresqlWraparound": "it takes 500 million transactions, or a cluster that is damaged on purpose",
    "VersionsDiffer": "it takes two app hosts, and the one that is watched here is alone",
    "AppHostOut": "it takes an edge before its app hosts, and the host that is watched here is both",
}
