from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from mailroom.errors import InvalidRequest
from mailroom.statistics.entities import Dimension, Party, Period, Unit
from mailroom.statistics.questions import AskedDays, AskedTop, AskedTotals
from mailroom.web.shapes import read_query

TODAY = date(2026, 3, 4)
DAY = "This must be a day from 2000-01-01 to 2999-12-31, as in 2026-01-31."


def asked(**query: str) -> MultiDict[str, str]:
    return MultiDict({name.rstrip("_"): value for name, value in query.items()})


def refusal(caught: pytest.ExceptionInfo[InvalidRequest]) -> list[dict[str, str]]:
    return [error.shown() for error in caught.value.errors]


def test_a_period_is_the_last_thirty_days_unless_another_is_asked_for() -> None:
    assert read_query(AskedDays, asked()).period(TODAY) == Period(date(2026, 2, 3), TODAY)
    assert read_query(AskedTotals, asked()).period(TODAY) == Period(date(2026, 2, 3), TODAY)
    assert read_query(AskedDays, asked(to="2026-01-30")).period(TODAY) == Period(date(2026, 1, 1), date(2026, 1, 30))
    assert read_query(AskedDays, asked(from_="2026-03-01")).period(TODAY) == Period(date(2026, 3, 1), TODAY)


def test_a_period_may_be_a_leap_year_and_no_more() -> None:
    whole = read_query(AskedDays, asked(from_="2024-01-01", to="2024-12-31")).period(TODAY)
    more = read_query(AskedDays, asked(from_="2024-01-01", to="2025-01-01"))

    assert len(whole.days()) == 366
    with pytest.raises(InvalidRequest) as caught:
        more.period(TODAY)
    assert refusal(caught) == [{"parameter": "from", "detail": "There may be at most 366 days up to 2025-01-01."}]


def test_totals_are_of_a_month_at_most() -> None:
    month = read_query(AskedTotals, asked(from_="2026-01-01", to="2026-01-31")).period(TODAY)

    assert len(month.days()) == 31
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedTotals, asked(from_="2026-01-01", to="2026-02-01")).period(TODAY)
    assert refusal(caught) == [{"parameter": "from", "detail": "There may be at most 31 days up to 2026-02-01."}]


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedDays, asked(from_="2026-03-05")).period(TODAY)

    assert refusal(caught) == [{"parameter": "from", "detail": "This must not be after the last day, 2026-03-04."}]


@pytest.mark.parametrize(
    "written", ["", "0", "1700000000", "2026-02-30", "20260131", "2026-1-31", "2026-W05-6", "1999-12-31", "3000-01-01"]
)
def test_a_day_is_written_in_full(written: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedDays, asked(from_=written, to=written))

    assert refusal(caught) == [{"parameter": name, "detail": DAY} for name in ("from", "to")]


def test_days_are_of_all_of_a_tag_or_of_a_domain() -> None:
    assert read_query(AskedDays, asked()).about() == (Dimension.ALL, "")
    assert read_query(AskedDays, asked(tag="Welcome")).about() == (Dimension.TAG, "Welcome")
    assert read_query(AskedDays, asked(domain="Example.COM")).about() == (Dimension.DOMAIN, "example.com")


def test_not_of_both() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedDays, asked(tag="a", domain="b")).about()

    assert refusal(caught) == [{"parameter": "domain", "detail": "Ask for a tag or for a domain, not for both."}]


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "\x7f"])
def test_what_no_tag_can_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedDays, asked(tag=text))

    assert refusal(caught) == [{"parameter": "tag", "detail": "This must be one line without control characters."}]


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_limit_is_from_1_to_100(limit: str) -> None:
    with pytest.raises(InvalidRequest, match="limit: Input should be"):
        read_query(AskedTotals, asked(limit=limit))


def test_the_top_is_that_of_the_unit_today_is_in_unless_another_is_asked_for() -> None:
    now = read_query(AskedTop, asked(role="sender", unit="month"))
    then = read_query(AskedTop, asked(role="recipient", unit="week", starts_on="2026-02-23", limit="100"))

    assert (now.role, now.unit, now.first_day(TODAY), now.limit) == (Party.SENDER, Unit.MONTH, date(2026, 3, 1), 20)
    assert (then.first_day(TODAY), then.limit) == (date(2026, 2, 23), 100)


def test_a_unit_starts_on_its_first_day() -> None:
    query = read_query(AskedTop, asked(role="sender", unit="week", starts_on="2026-03-04"))

    with pytest.raises(InvalidRequest) as caught:
        query.first_day(TODAY)
    assert refusal(caught) == [
        {
            "parameter": "starts_on",
            "detail": "This must be the first day of a week: 2026-03-04 is in the one of 2026-03-02.",
        }
    ]


def test_role_and_unit_must_be_said() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_query(AskedTop, asked())

    assert refusal(caught) == [{"parameter": name, "detail": "This field is required."} for name in ("role", "unit")]
