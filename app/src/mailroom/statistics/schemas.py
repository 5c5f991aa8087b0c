"""What callers read of statistics."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field

from mailroom.statistics import entities
from mailroom.web.shapes import Shown


class ShownCounts(Shown):
    """How many events of each kind there were."""

    accepted: int
    sent: int
    postponed: int
    failed: int
    cancelled: int
    suppressed: int
    retried: int
    delivered: int
    bounced: int
    complained: int

    @classmethod
    def of(cls, counts: entities.Counts) -> Self:
        """Return it as it is shown."""
        return cls(**{kind.value: count for kind, count in counts.items()})


class ShownDay(Shown):
    """The counts of a day."""

    day: date
    counts: ShownCounts


class _ShownFolded(Shown):
    as_of: datetime = Field(description="All that was stored before this moment is counted.")


class ShownDays(_ShownFolded):
    """The counts of each day, the first day first."""

    days: list[ShownDay]

    @classmethod
    def of(cls, found: entities.Days) -> Self:
        """Return it as it is shown."""
        days = [ShownDay(day=one.day, counts=ShownCounts.of(one.counts)) for one in found.days]
        return cls(as_of=found.as_of, days=days)


class ShownTag(Shown):
    """The totals of a tag."""

    tag: str
    counts: ShownCounts


class ShownTags(_ShownFolded):
    """The totals of each tag, the one with the most accepted messages first."""

    tags: list[ShownTag]

    @classmethod
    def of(cls, found: entities.Totals) -> Self:
        """Return it as it is shown."""
        tags = [ShownTag(tag=one.key, counts=ShownCounts.of(one.counts)) for one in found.keys]
        return cls(as_of=found.as_of, tags=tags)


class ShownDomain(Shown):
    """The totals of a domain."""

    domain: str
    counts: ShownCounts


class ShownDomains(_ShownFolded):
    """The totals of each domain of recipients, the one with the most accepted messages first."""

    domains: list[ShownDomain]

    @classmethod
    def of(cls, found: entities.Totals) -> Self:
        """Return it as it is shown."""
        domains = [ShownDomain(domain=one.key, counts=ShownCounts.of(one.counts)) for one in found.keys]
        return cls(as_of=found.as_of, domains=domains)


class ShownAddress(Shown):
    """How many mails an address sent or got."""

    address: str
    count: int


class ShownTop(_ShownFolded):
    """Who sent or got most, the most first."""

    starts_on: date
    addresses: list[ShownAddress]

    @classmethod
    def of(cls, found: entities.Top, starts_on: date) -> Self:
        """Return it as it is shown."""
        addresses = [ShownAddress(address=one.address, count=one.count) for one in found.addresses]
        return cls(as_of=found.as_of, starts_on=starts_on, addresses=addresses)
