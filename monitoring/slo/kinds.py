"""What an objective can be about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of objective.

    Attributes:
        name: as it is declared; the label `kind`.
        component: the label of its alerts.
        events: what is counted, in words. Where nothing can be counted it is seconds.
        least_bad: as many bad events it takes unless declared otherwise.
        within: whether a number of seconds belongs to it.
        routes: whether it is measured by HTTP's routes.
        page: name of the alert that wakes somebody up, empty for none.
        ticket: name of the alert that waits until somebody is at work.
    """

    name: str
    component: str
    events: str
    least_bad: int
    within: bool
    routes: bool
    page: str
    ticket: str

    @property
    def timed(self) -> bool:
        """Whether time is counted, for want of events."""
        return self.events == "seconds"

    def refused(self) -> set[str]:
        """Return the fields that make no sense for it."""
        asked = {"within": self.within, "without_routes": self.routes, "page": bool(self.page)}
        return {field for field, is_asked in asked.items() if not is_asked}


_ALL = (
    Kind(
        name="availability",
        component="service",
        events="requests",
        least_bad=10,  # more than one unlucky client at night
        within=False,
        routes=True,
        page="ErrorBudgetBurnsFast",
        ticket="ErrorBudgetBurns",
    ),
    Kind(
        name="latency",
        component="service",
        events="requests",
        least_bad=10,
        within=True,
        routes=True,
        page="LatencyBudgetBurnsFast",
        ticket="LatencyBudgetBurns",
    ),
    Kind(
        name="queue_age",
        component="worker",
        events="seconds",
        least_bad=30,  # two reads in a row
        within=True,
        routes=False,
        page="QueueBudgetBurnsFast",
        ticket="QueueBudgetBurns",
    ),
    Kind(
        name="reachability",
        component="edge",
        events="seconds",
        least_bad=30,
        within=False,
        routes=False,
        page="",  # ProbeFailed pages within a minute; what is left for this one is a site that comes and goes
        ticket="ReachabilityBudgetBurns",
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
