"""Each alert is told of its own fault, with no page beside it that has another reason, and told to be over when it is.

A run plays some of the faults, by turns (tests/turns.py); SLIPWAY_ALL_CASES=1 plays all, for an hour and more.
"""

from __future__ import annotations

import time

import pytest

from tests.faults.catalogue import of_this_run
from tests.faults.fault import Fault, do
from tests.faults.notices import Notices
from tests.faults.table import Proof, Proofs
from tests.faults.watched import clients, firing
from tests.local_host import LocalHost

pytestmark = pytest.mark.timeout(3600)


@pytest.mark.parametrize("fault", of_this_run(), ids=str)
def test_an_alert_tells_of_its_fault_and_of_its_end(
    fault: Fault, watched: LocalHost, notices: Notices, proofs: Proofs
) -> None:
    assert fault.alert not in firing(watched, "ticket"), "it fires before there is a fault"
    began = time.monotonic()
    try:
        do(fault.make, watched)
        with clients(fault, watched):
            told = notices.wait(fault.alert, fault.labels, fault.limit)
        took = time.monotonic() - began
    finally:
        do(fault.mend, watched)
    over = notices.wait_for_end(fault.alert, fault.over)

    others = {one.alert: one.labels["severity"] for one in notices.since() if one.status == "firing"}
    del others[fault.alert]
    others.pop("Watchdog", None)
    proofs.add(Proof(fault, told.labels["severity"], took, over, tuple(sorted(others))))
    unrelated = {name for name, severity in others.items() if severity == "page"} - fault.beside
    assert not unrelated, f"{fault.what}: pages about something else"
