"""What Prometheus reads of upkeep. Names and meanings stand in the README."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from mailroom.upkeep.entities import Measures, Rest

FOLDING = "statistics"
# A client writes the sender of its mails as it likes, so a process shows so many different ones in its life; the label
# of all others. Without the bound each sender would stay a series in Prometheus for as long as it keeps anything.
SENDERS_MOST = 20
OTHERS = "others"


class UpkeepMetrics:
    """What was folded and removed, what failed, and what the database alone knows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._folded = Counter("mailroom_statistics_events_folded", "Events counted.", registry=registry)
        self._removed = Counter(
            "mailroom_upkeep_removed", "What was over and is removed, by kind.", ["kind"], registry=registry
        )
        self._failures = Counter(
            "mailroom_upkeep_failures",
            "Steps of upkeep that broke off with an error; the next run tries again.",
            ["step"],
            registry=registry,
        )
        self._overdue = Gauge(
            "mailroom_upkeep_overdue_seconds",
            "For how long the oldest of a kind should have been gone; 0 when nothing should.",
            ["kind"],
            registry=registry,
        )
        self._statistics_age = Gauge(
            "mailroom_statistics_age_seconds", "Since when events aren't counted yet.", registry=registry
        )
        self._users_active = Gauge("mailroom_users_active", "People who logged in within 24 hours.", registry=registry)
        self._senders = Gauge(
            "mailroom_top_senders_messages",
            "Messages of this calendar month that were sent, of those who sent most.",
            ["sender"],
            registry=registry,
        )
        self._senders_shown: set[str] = set()
        for rest in Rest:
            self._removed.labels(rest.value)
        for step in (FOLDING, *Rest):
            self._failures.labels(str(step))

    def folded(self, events: int) -> None:
        """Count folded events."""
        self._folded.inc(events)

    def removed(self, rest: Rest, rows: int) -> None:
        """Count what was removed."""
        self._removed.labels(rest.value).inc(rows)

    def failed(self, step: str) -> None:
        """Count a step that broke off."""
        self._failures.labels(step).inc()

    def measured(self, measures: Measures) -> None:
        """Take over what was measured in the database."""
        for rest, seconds in measures.overdue.items():
            self._overdue.labels(rest.value).set(seconds)
        self._statistics_age.set(measures.statistics_age)
        self._users_active.set(measures.users_active)

    def top_senders(self, counts: Iterable[tuple[str, int]]) -> None:
        """Take over who has sent most in this month, and how many messages."""
        self._senders.clear()
        for sender, messages in counts:
            if sender in self._senders_shown or len(self._senders_shown) < SENDERS_MOST:
                self._senders_shown.add(sender)
                self._senders.labels(sender).set(messages)
            else:
                self._senders.labels(OTHERS).inc(messages)
