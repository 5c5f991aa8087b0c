"""tools/prices.yml: list prices, what a month is reckoned with, and the free tier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tools.cost.free import FreeTier

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "tools/prices.yml"
EVERYWHERE = "everywhere"
_OF_ALL_REGIONS = {"free", "up_to"}


class CostError(ValueError):
    """Something can't be reckoned. The message names what, and where to put it right."""


@dataclass(frozen=True)
class Price:
    """What one of something costs in a region.

    Attributes:
        name: its name in the file.
        usd: US dollars for a unit.
        unit: what is counted.
        seen: the day of the record that has it, None if it isn't confirmed.
        free: units a month that cost nothing, for every account and without end.
        up_to: units a month beyond those for which it holds; None for any number.
    """

    name: str
    usd: Decimal
    unit: str
    seen: dt.date | None
    free: Decimal = Decimal(0)
    up_to: Decimal | None = None


@dataclass(frozen=True)
class Group:
    """Prices of one kind.

    Attributes:
        what: what it is, for people.
        unit: what is counted.
        page: Amazon's page that has them.
        service: the code of the service in the price list.
        fields: what the price list is asked for; {name}, {region} and {location} stand for theirs.
        note: which lines of the answer count.
        prices: by name, then by region; under `everywhere` where all regions have the same.
    """

    what: str
    unit: str
    page: str
    service: str
    fields: Mapping[str, str]
    note: str
    prices: Mapping[str, Mapping[str, Price]]

    def price(self, name: str, region: str) -> Price | None:
        """Return a price of it, None if there is none in the region."""
        return self.prices[name].get(region) or self.prices[name].get(EVERYWHERE)


@dataclass(frozen=True)
class Assumption:
    """A quantity a month; `own` has those of environments with one of their own."""

    value: Decimal
    own: Mapping[str, Decimal]
    unit: str
    why: str

    def of(self, environment: str) -> Decimal:
        """Return the quantity of an environment."""
        return self.own.get(environment, self.value)


@dataclass(frozen=True)
class Prices:
    """The whole file. `hours` is those of a month; `regions` has the price list's name for each."""

    as_of: dt.date
    hours: Decimal
    regions: Mapping[str, str]
    groups: Sequence[Group]
    assumptions: Mapping[str, Assumption]
    ses_plan: str
    single_host: Mapping[str, Any]
    free_tier: FreeTier
    free_of_charge: Sequence[str]
    left_out: Sequence[str]

    def of(self, name: str, region: str) -> Price:
        """Return a price.

        Raises:
            CostError: there is none of that name, or none in that region.
        """
        if region not in self.regions:
            raise CostError(
                f"region {region} has no prices: add it to `regions` of {NAME} and to the prices there; "
                f"there are {', '.join(self.regions)}"
            )
        group = next((group for group in self.groups if name in group.prices), None)
        if group is None:
            raise CostError(
                f"{name} has no price: add it to a group of {NAME}, an instance type to `{self.groups[0].what}`"
            )
        price = group.price(name, region)
        if price is None:
            raise CostError(f"{name} has no price in {region}: add it to `{group.what}` of {NAME}")
        return price


def read(file: Path = ROOT / NAME) -> Prices:
    """Read the file.

    Raises:
        CostError: a price isn't a number, or says neither when it was seen nor that it isn't confirmed.
    """
    return parse(yaml.safe_load(file.read_text(encoding="utf-8")))


def parse(said: Mapping[str, Any]) -> Prices:
    """Return what the file says.

    Raises:
        CostError: as `read`.
    """
    return Prices(
        as_of=said["as_of"],
        hours=Decimal(said["hours"]),
        regions=said["regions"],
        groups=[_group(entry) for entry in said["groups"]],
        assumptions={name: _assumption(entry) for name, entry in said["assumptions"].items()},
        ses_plan=said["ses_plan"],
        single_host=said["single_host"],
        free_tier=FreeTier.parse(said["free_tier"]),
        free_of_charge=said["free_of_charge"],
        left_out=said["left_out"],
    )


def _group(entry: Mapping[str, Any]) -> Group:
    prices = {name: _prices(name, entry["unit"], said) for name, said in entry["prices"].items()}
    check = entry["check"]
    return Group(
        entry["what"], entry["unit"], entry["page"], check["service"], check["fields"], check.get("note", ""), prices
    )


def _prices(name: str, unit: str, said: Mapping[str, Any]) -> dict[str, Price]:
    free, up_to = Decimal(said.get("free", 0)), said.get("up_to")
    made = {}
    for region in said.keys() - _OF_ALL_REGIONS:
        usd, seen = _one(f"{NAME}: {name} in {region}", said[region])
        made[region] = Price(name, usd, unit, seen, free, None if up_to is None else Decimal(up_to))
    return made


def _one(where: str, said: Mapping[str, Any]) -> tuple[Decimal, dt.date | None]:
    usd, seen = said.get("usd"), said.get("seen")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or usd < 0:
        raise CostError(f"{where}: usd is {usd!r}; it must be a number of US dollars")
    if isinstance(seen, dt.date) == (said.get("confirmed") is False):
        raise CostError(f"{where}: it needs either `seen`, a day such as 2026-10-08, or `confirmed: false`")
    return Decimal(str(usd)), seen


def _assumption(entry: Mapping[str, Any]) -> Assumption:
    own = {name: Decimal(str(value)) for name, value in entry.items() if name not in {"value", "unit", "why"}}
    return Assumption(Decimal(str(entry["value"])), own, entry["unit"], entry["why"])
