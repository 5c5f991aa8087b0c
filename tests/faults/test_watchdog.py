"""Who watches the watchers: an Alertmanager that is gone can tell nobody, and its silence is what tells."""

from __future__ import annotations

import time

import pytest

from tests.faults import clock
from tests.faults.notices import Notices
from tests.faults.watched import firing
from tests.local_host import LocalHost, wait_for
from tests.turns import share

pytestmark = [pytest.mark.timeout(600), share(1)]

UNIT = "prometheus-alertmanager"


def heard(notices: Notices) -> int:
    """Return how often the Watchdog was heard."""
    return sum(one.alert == "Watchdog" for one in notices.since())


def test_the_watchdog_falls_silent_with_alertmanager_and_is_heard_again(watched: LocalHost, notices: Notices) -> None:
    wait_for(lambda: heard(notices) > 1, "the Watchdog twice", limit=5 * clock.WATCHDOG_SECONDS)
    watched.run(f"systemctl stop {UNIT}")
    try:
        before = heard(notices)
        wait_for(lambda: "AlertmanagerMissing" in firing(watched, "page"), "AlertmanagerMissing", limit=180)
        # What doesn't come can only be waited for by time.
        time.sleep(3 * clock.WATCHDOG_SECONDS)
        assert heard(notices) == before, "who is outside must miss it"
    finally:
        watched.run(f"systemctl start {UNIT}")
    notices.forget()
    wait_for(lambda: heard(notices) > 0, "the Watchdog again", limit=5 * clock.WATCHDOG_SECONDS + 60)
