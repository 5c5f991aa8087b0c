"""A budget that is spent stays spent for a month, so that its end can't be waited for: only its news is proved."""

from __future__ import annotations

import pytest

from tests.faults.notices import Notices
from tests.local_host import LocalHost, wait_for
from tests.turns import share

pytestmark = [pytest.mark.timeout(900), share(3)]


def test_a_site_that_nobody_reached_for_too_long_has_spent_its_budget(watched: LocalHost, receiver: Notices) -> None:
    # It was told once, also where a fault before this one has spent it.
    ever = Notices(receiver.receiver, receiver.environment)

    def told() -> bool:
        spent = {"alertname": "ErrorBudgetSpent", "slo": "mailroom-reachability"}
        return any(one.labels.items() >= spent.items() for one in ever.since())

    watched.run("systemctl stop nginx")
    try:
        wait_for(told, "ErrorBudgetSpent", limit=600)
    finally:
        watched.run("systemctl start nginx")
