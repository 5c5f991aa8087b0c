"""What Prometheus reads of feedback."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from mailroom.feedback.entities import Outcome, ReportKind
from mailroom.feedback.intake import TYPES
from mailroom.messages.lifecycle import EventKind
from mailroom.suppressions.entities import Reason


class FeedbackMetrics:
    """Notices, what became of mail after SES took it, and the suppression list."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._notices = Counter(
            "mailroom_notices", "Notices of SES, by what came of them.", ["type", "outcome"], registry=registry
        )
        self._suppressed = Counter(
            "mailroom_suppressions",
            "Addresses put on the suppression list, or given a graver reason.",
            ["reason"],
            registry=registry,
        )
        self._happened = {
            EventKind.DELIVERED: Counter(
                "mailroom_messages_delivered", "Messages that reached their recipient's server.", registry=registry
            ),
            EventKind.BOUNCED: Counter(
                "mailroom_messages_bounced", "Messages that bounced for good.", registry=registry
            ),
            EventKind.COMPLAINED: Counter(
                "mailroom_messages_complained", "Messages that their recipient called spam.", registry=registry
            ),
        }
        for reason in Reason:
            self._suppressed.labels(reason.value)
        for kind in (*TYPES.values(), *(kind.value for kind in ReportKind)):
            for outcome in Outcome:
                self._notices.labels(kind, outcome.value)

    def noticed(self, kind: str, outcome: Outcome) -> None:
        """Count one notice."""
        self._notices.labels(kind, outcome.value).inc()

    def happened(self, kind: EventKind) -> None:
        """Count one event that was noted, where its kind is counted here."""
        if kind in self._happened:
            self._happened[kind].inc()

    def suppressed(self, reason: Reason) -> None:
        """Count one address that was put on the list, or got a graver reason."""
        self._suppressed.labels(reason.value).inc()
