"""Multi-window, multi-burn-rate alerts, with the numbers of Google's SRE workbook, chapter 5, table 5-8.

A burn rate of 1 uses exactly the whole budget in the time that it is for, 30 days. A pair fires while both of its
windows burn faster than its rate: the long one says that it matters, the short one that it still goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["page", "ticket"]

# Over which the budget is counted, as the workbook does and as long as Prometheus keeps what it has.
BUDGET_WINDOW = "30d"
# Counters are read over a minute; every window of the recipe is a sum of what was recorded so. A longer one would delay
# the page: what fails now would count in full only at its end.
BASE_WINDOW = "1m"
# Seconds between two values of what is summed up. A group with these sums has this interval, whatever Prometheus' own.
# All are well below 5 minutes: what is older than that isn't found any more.
BASE_INTERVAL = 15
SLOW_INTERVAL = 60
BUDGET_INTERVAL = 120  # as long as the window that is read then, so that nothing is counted twice or left out


@dataclass(frozen=True)
class Pair:
    """Two windows in Prometheus' notation, and the burn rate above which both have to be."""

    rate: float
    long: str
    short: str


PAIRS: dict[Severity, tuple[Pair, ...]] = {
    # 2 % of the budget within an hour, or 5 % within six.
    "page": (Pair(14.4, "1h", "5m"), Pair(6, "6h", "30m")),
    # 10 % within a day, or within three.
    "ticket": (Pair(3, "1d", "2h"), Pair(1, "3d", "6h")),
}
# Sums over a day or more move slowly and read many samples, so they are made less often.
FAST_WINDOWS = ("5m", "30m", "1h", "2h", "6h")
SLOW_WINDOWS = ("1d", "3d")
LONG_WINDOWS = tuple(pair.long for pairs in PAIRS.values() for pair in pairs)
