from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from mailroom.config import RetentionSettings
from mailroom.errors import StorageUnavailable
from mailroom.statistics.entities import Party, Unit
from mailroom.statistics.folding import Folded
from mailroom.upkeep.entities import Ages, Measures, Purged, Rest
from mailroom.upkeep.metrics import OTHERS, SENDERS_MOST, UpkeepMetrics
from mailroom.upkeep.runs import UpkeepRuns
from support.fake_statistics import FakeStatistics

AGES = RetentionSettings().ages()


class Parts:
    """Folding, purging and measuring, each of which does what it is told."""

    def __init__(self) -> None:
        self.folds: list[Folded | Exception] = []
        self.done: list[Purged] = []
        self.measured = 0
        self.statistics = FakeStatistics(of_addresses=[("news@a.example", 7), ("shop@a.example", 2)])
        self.registry = CollectorRegistry()
        self.runs = UpkeepRuns(self, self, self._unit_of_work, AGES, UpkeepMetrics(self.registry))  # type: ignore[arg-type]

    @property
    def rests(self) -> Parts:
        return self

    def fold(self) -> Folded:
        (one,) = self.folds
        if isinstance(one, Exception):
            raise one
        return one

    def purge(self) -> list[Purged]:
        return self.done

    def measures(self, ages: Ages) -> Measures:
        assert ages == AGES
        self.measured += 1
        return Measures({Rest.BODIES: 12.5, Rest.EVENTS: 0.0}, statistics_age=3.0, users_active=4)

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    @contextmanager
    def _unit_of_work(self) -> Iterator[Parts]:
        yield self


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.mark.parametrize(
    ("error", "said"),
    [(StorageUnavailable("away"), "statistics can't be folded now"), (KeyError("odd"), "folding statistics broke")],
)
def test_a_folding_that_fails_is_counted_and_told_and_raises_nothing(
    parts: Parts, error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    parts.folds = [error]

    parts.runs.fold()

    assert parts.metric("mailroom_upkeep_failures_total", step="statistics") == 1
    assert [record.message for record in caplog.records] == [said]


@pytest.mark.parametrize(("folded", "said"), [(Folded(7, complete=True), []), (Folded(7, complete=False), [7])])
def test_it_is_told_when_not_all_could_be_folded(
    parts: Parts, folded: Folded, said: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    parts.folds = [folded]

    with caplog.at_level(logging.INFO):
        parts.runs.fold()

    assert [vars(record)["events"] for record in caplog.records] == said
    assert parts.metric("mailroom_upkeep_failures_total", step="statistics") == 0


def test_kinds_that_could_not_be_removed_are_counted(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    parts.done = [Purged(Rest.BODIES, 2, failed=True), Purged(Rest.EVENTS, 3), Purged(Rest.JOBS, 0)]

    with caplog.at_level(logging.INFO):
        parts.runs.purge()

    assert parts.metric("mailroom_upkeep_failures_total", step="bodies") == 1
    assert parts.metric("mailroom_upkeep_failures_total", step="events") == 0
    assert [vars(record)["removed"] for record in caplog.records] == [{"bodies": 2, "events": 3}]


def test_where_there_was_nothing_to_remove_nothing_is_said(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    parts.done = [Purged(Rest.BODIES, 0)]

    with caplog.at_level(logging.INFO):
        parts.runs.purge()

    assert caplog.records == []


def test_what_is_measured_is_published(parts: Parts) -> None:
    parts.runs.measure()

    assert parts.metric("mailroom_upkeep_overdue_seconds", kind="bodies") == 12.5
    assert parts.metric("mailroom_statistics_age_seconds") == 3
    assert parts.metric("mailroom_users_active") == 4


def test_who_sent_most_in_this_month_is_published(parts: Parts) -> None:
    parts.runs.measure()

    this_month = datetime.now(UTC).date().replace(day=1)
    assert parts.statistics.asked == [(Unit.MONTH, this_month, Party.SENDER, 5)]
    assert parts.metric("mailroom_top_senders_messages", sender="news@a.example") == 7
    assert parts.metric("mailroom_top_senders_messages", sender="shop@a.example") == 2


def test_who_is_no_more_among_those_who_sent_most_is_no_more_published() -> None:
    metrics = UpkeepMetrics(registry := CollectorRegistry())

    metrics.top_senders([("a@a.example", 2)])
    metrics.top_senders([("b@a.example", 3)])

    assert registry.get_sample_value("mailroom_top_senders_messages", {"sender": "a@a.example"}) is None
    assert registry.get_sample_value("mailroom_top_senders_messages", {"sender": "b@a.example"}) == 3


def test_a_client_cannot_make_series_by_ever_new_senders() -> None:
    metrics = UpkeepMetrics(registry := CollectorRegistry())
    seen: set[str] = set()

    for number in range(100):
        metrics.top_senders([(f"{number}@a.example", 1), (f"{number}@b.example", 2)])
        seen |= {
            sample.labels["sender"]
            for family in registry.collect()
            for sample in family.samples
            if sample.name == "mailroom_top_senders_messages"
        }

    assert len(seen) == SENDERS_MOST + 1
    assert registry.get_sample_value("mailroom_top_senders_messages", {"sender": OTHERS}) == 3
    metrics.top_senders([("0@a.example", 5)])
    assert registry.get_sample_value("mailroom_top_senders_messages", {"sender": "0@a.example"}) == 5


def test_it_measures_once_a_minute(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("mailroom.upkeep.runs.time.monotonic", lambda: now)
    for now in (100.0, 105.0, 159.9, 160.0, 165.0):  # noqa: B007 - the clock reads it
        parts.runs.measure()

    assert parts.measured == 2


def test_counters_start_at_zero(parts: Parts) -> None:
    assert parts.metric("mailroom_statistics_events_folded_total") == 0
    for rest in Rest:
        assert parts.metric("mailroom_upkeep_removed_total", kind=rest.value) == 0
        assert parts.metric("mailroom_upkeep_failures_total", step=rest.value) == 0


def test_what_is_folded_and_removed_is_counted() -> None:
    registry = CollectorRegistry()
    metrics = UpkeepMetrics(registry)

    metrics.folded(5)
    metrics.removed(Rest.EVENTS, 6)

    assert registry.get_sample_value("mailroom_statistics_events_folded_total") == 5
    assert registry.get_sample_value("mailroom_upkeep_removed_total", {"kind": "events"}) == 6
