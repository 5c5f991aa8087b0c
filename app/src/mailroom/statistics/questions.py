"""What callers ask of statistics."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from mailroom.errors import FieldError, InvalidRequest
from mailroom.messages.words import check_one_line
from mailroom.statistics.entities import Dimension, Party, Period, Unit
from mailroom.web.shapes import AskedQuery
from mailroom.web.texts import LINE_PATTERN

DAYS_MOST = 366
# As many days as a month has: what is read grows with the days, and with the tags and domains of each.
TOTALS_DAYS_MOST = 31
_DAYS_USUAL = 30
_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2999, 12, 31)
_EXAMPLE = date(2026, 1, 31)
_WANTED = "This must be a day from 2000-01-01 to 2999-12-31, as in 2026-01-31."


def _day(written: object) -> date:
    # pydantic itself would also take seconds since 1970 for a day, and Python a day of a week.
    try:
        day = date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError(_WANTED)
    return day


Day = Annotated[date, BeforeValidator(_day)]
Key = Annotated[
    str,
    Field(min_length=1, max_length=253, json_schema_extra={"pattern": LINE_PATTERN}),
    AfterValidator(check_one_line),
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]


class _AskedPeriod(AskedQuery):
    first: Day | None = Field(default=None, alias="from", description="The first day, in UTC.", examples=[_EXAMPLE])
    last: Day | None = Field(
        default=None, alias="to", description="The last day, in UTC; today unless given.", examples=[_EXAMPLE]
    )

    def _period(self, today: date, most: int) -> Period:
        last = self.last or today
        first = self.first or last - timedelta(days=_DAYS_USUAL - 1)
        if first > last:
            raise InvalidRequest([FieldError(f"This must not be after the last day, {last}.", parameter="from")])
        if (last - first).days >= most:
            raise InvalidRequest([FieldError(f"There may be at most {most} days up to {last}.", parameter="from")])
        return Period(first, last)


class AskedDays(_AskedPeriod):
    """Which days, and of what. Without `from` they are thirty."""

    tag: Key | None = Field(default=None, description="Only messages with this tag.")
    domain: Key | None = Field(default=None, description="Only messages to this domain.")

    def period(self, today: date) -> Period:
        """Return the days that are asked for. Raises InvalidRequest."""
        return self._period(today, DAYS_MOST)

    def about(self) -> tuple[Dimension, str]:
        """Return of what they are asked for. Raises InvalidRequest."""
        if self.tag is not None and self.domain is not None:
            raise InvalidRequest([FieldError("Ask for a tag or for a domain, not for both.", parameter="domain")])
        if self.tag is not None:
            return Dimension.TAG, self.tag
        if self.domain is not None:
            return Dimension.DOMAIN, self.domain.lower()
        return Dimension.ALL, ""


class AskedTotals(_AskedPeriod):
    """Which days, and how many tags or domains. Without `from` the days are thirty."""

    limit: Limit = 20

    def period(self, today: date) -> Period:
        """Return the days that are asked for. Raises InvalidRequest."""
        return self._period(today, TOTALS_DAYS_MOST)


class AskedTop(AskedQuery):
    """Who, when, and how many. Without `starts_on` it is the unit that today is in."""

    role: Party = Field(description="Whether those who got mails are asked for, or those who sent them.")
    unit: Unit = Field(description="How long; a week begins on Monday.")
    starts_on: Day | None = Field(default=None, description="The first day of it, in UTC.", examples=["2026-01-01"])
    limit: Limit = 20

    def first_day(self, today: date) -> date:
        """Return the first day of the unit that is asked for. Raises InvalidRequest."""
        first = self.unit.first_day(self.starts_on or today)
        if self.starts_on not in {None, first}:
            said = f"This must be the first day of a {self.unit}: {self.starts_on} is in the one of {first}."
            raise InvalidRequest([FieldError(said, parameter="starts_on")])
        return first
