"""What is counted, and over which time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mailroom.messages.lifecycle import EventKind

Counts = Mapping[EventKind, int]


class Dimension(StrEnum):
    """By what the events of a day are counted."""

    ALL = "all"
    TAG = "tag"
    DOMAIN = "domain"


class Party(StrEnum):
    """Which of the two addresses of a mail."""

    RECIPIENT = "recipient"
    SENDER = "sender"


class Unit(StrEnum):
    """A stretch of time of the calendar, in UTC. Weeks begin on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    def first_day(self, day: date) -> date:
        """Return the first day of the unit that a day is in."""
        match self:
            case Unit.DAY:
                return day
            case Unit.WEEK:
                return day - timedelta(days=day.weekday())
            case Unit.MONTH:
                return day.replace(day=1)
            case Unit.YEAR:
                return day.replace(month=1, day=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, from the first to the last, both included. The last is never before the first."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Return every day of it, in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many events of each kind there were on a day. Each kind is there, with 0 where there was none."""

    day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many events of each kind there were of one tag or domain."""

    key: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class AddressCount:
    """How many mails an address sent or got."""

    address: str
    count: int


@dataclass(frozen=True, slots=True)
class Days:
    """Counts day by day. All events that were stored before `as_of` are in them."""

    as_of: datetime
    days: Sequence[DayCounts]


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals over a period, the most accepted messages first."""

    as_of: datetime
    keys: Sequence[KeyCounts]


@dataclass(frozen=True, slots=True)
class Top:
    """Who sent or got most."""

    as_of: datetime
    addresses: Sequence[AddressCount]
