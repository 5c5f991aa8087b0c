from __future__ import annotations

from prometheus_client import CollectorRegistry

from mailroom.feedback.entities import Outcome
from mailroom.feedback.metrics import FeedbackMetrics
from mailroom.messages.lifecycle import EventKind
from mailroom.suppressions.entities import Reason


def test_counters_are_there_at_zero_from_the_start() -> None:
    registry = CollectorRegistry()
    FeedbackMetrics(registry)

    assert registry.get_sample_value("mailroom_messages_bounced_total") == 0
    assert registry.get_sample_value("mailroom_suppressions_total", {"reason": "complaint"}) == 0
    labels = {"type": "delivery_delay", "outcome": "unknown_message"}
    assert registry.get_sample_value("mailroom_notices_total", labels) == 0


def test_what_happens_is_counted() -> None:
    registry = CollectorRegistry()
    metrics = FeedbackMetrics(registry)
    for kind in EventKind:
        metrics.happened(kind)
    metrics.noticed("bounce", Outcome.APPLIED)
    metrics.suppressed(Reason.BOUNCE)

    for name in ("bounced", "complained", "delivered"):
        assert registry.get_sample_value(f"mailroom_messages_{name}_total") == 1
    assert registry.get_sample_value("mailroom_notices_total", {"type": "bounce", "outcome": "applied"}) == 1
    assert registry.get_sample_value("mailroom_suppressions_total", {"reason": "bounce"}) == 1
