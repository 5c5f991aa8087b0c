from __future__ import annotations

from datetime import date

from mailroom.messages.lifecycle import EventKind
from mailroom.statistics.entities import AddressCount, Dimension, Party, Period, Unit
from mailroom.statistics.service import StatisticsService
from support.fake_statistics import AS_OF
from support.fake_storage import FakeStorage

PERIOD = Period(date(2026, 2, 27), date(2026, 3, 2))


def test_days_without_an_event_are_there_with_zeros() -> None:
    storage = FakeStorage()
    storage.statistics.of_days = [(date(2026, 2, 28), "sent", 3), (date(2026, 2, 28), "accepted", 4)]

    found = StatisticsService(storage.unit_of_work).days(PERIOD)

    assert found.as_of == AS_OF
    assert [one.day.isoformat() for one in found.days] == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert {kind: count for kind, count in found.days[1].counts.items() if count} == {
        EventKind.SENT: 3,
        EventKind.ACCEPTED: 4,
    }
    assert found.days[0].counts == dict.fromkeys(EventKind, 0)


def test_days_are_of_all_messages_unless_a_tag_or_domain_is_named() -> None:
    storage = FakeStorage()
    service = StatisticsService(storage.unit_of_work)

    service.days(PERIOD)
    service.days(PERIOD, Dimension.TAG, "welcome")

    assert storage.statistics.asked == [(PERIOD, Dimension.ALL, ""), (PERIOD, Dimension.TAG, "welcome")]


def test_a_kind_that_a_later_release_counts_is_left_out() -> None:
    storage = FakeStorage()
    storage.statistics.of_days = [(date(2026, 2, 28), "opened", 3)]

    found = StatisticsService(storage.unit_of_work).days(PERIOD)

    assert found.days[1].counts == dict.fromkeys(EventKind, 0)


def test_totals_keep_the_order_of_the_most() -> None:
    storage = FakeStorage()
    storage.statistics.of_keys = [("z.test", "accepted", 9), ("z.test", "sent", 8), ("a.test", "accepted", 2)]

    found = StatisticsService(storage.unit_of_work).totals(PERIOD, Dimension.DOMAIN, 2)

    assert [(one.key, one.counts[EventKind.ACCEPTED], one.counts[EventKind.SENT]) for one in found.keys] == [
        ("z.test", 9, 8),
        ("a.test", 2, 0),
    ]
    assert storage.statistics.asked == [(PERIOD, Dimension.DOMAIN, 2)]


def test_the_top_is_that_of_one_unit() -> None:
    storage = FakeStorage()
    storage.statistics.of_addresses = [("ann@example.com", 7)]

    found = StatisticsService(storage.unit_of_work).top(Unit.WEEK, date(2026, 3, 2), Party.RECIPIENT, 5)

    assert (found.as_of, found.addresses) == (AS_OF, [AddressCount("ann@example.com", 7)])
    assert storage.statistics.asked == [(Unit.WEEK, date(2026, 3, 2), Party.RECIPIENT, 5)]
