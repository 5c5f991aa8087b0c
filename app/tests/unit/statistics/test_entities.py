from __future__ import annotations

from datetime import date

import pytest

from mailroom.statistics.entities import Period, Unit


@pytest.mark.parametrize(
    ("unit", "day", "first"),
    [
        (Unit.DAY, "2026-03-04", "2026-03-04"),
        (Unit.WEEK, "2026-03-02", "2026-03-02"),
        (Unit.WEEK, "2026-03-08", "2026-03-02"),
        (Unit.WEEK, "2027-01-01", "2026-12-28"),
        (Unit.MONTH, "2026-03-31", "2026-03-01"),
        (Unit.YEAR, "2026-12-31", "2026-01-01"),
    ],
)
def test_a_day_is_in_a_unit_that_begins_on_its_first_day(unit: Unit, day: str, first: str) -> None:
    assert unit.first_day(date.fromisoformat(day)) == date.fromisoformat(first)


def test_both_ends_are_in_a_period() -> None:
    day = date(2026, 2, 28)

    assert Period(day, day).days() == [day]
    assert Period(day, date(2026, 3, 1)).days() == [day, date(2026, 3, 1)]
