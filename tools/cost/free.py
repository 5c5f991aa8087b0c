"""What Amazon's free tier covers of a month: credits of newer accounts, allowances of older ones, trials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.cost.month import Month

TENTH = Decimal("0.1")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Allowance:
    """Units a month of some prices, together; `until` is its last day, `seen` that of the record that has it."""

    prices: Sequence[str]
    units: Decimal
    until: dt.date | None = None
    seen: dt.date | None = None

    def covers(self, month: Month) -> Decimal:
        """Return what it covers of a month, in US dollars."""
        left, covered = self.units, Decimal(0)
        for item in month.items:
            if item.price.name in self.prices:
                taken = min(left, item.billed)
                left -= taken
                covered += taken * item.price.usd
        return covered.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class FreeTier:
    """The free tier, from both sides of the day on which it changed.

    Attributes:
        page: Amazon's page about it.
        seen: the day of the record that has it.
        changed: accounts made from this day on have credits, those before had allowances.
        at_once: US dollars that a new account has.
        earned: those that it can earn, at most.
        free_plan_months: how long an account can stay on the free plan.
        end_months: the age of an account at which its credits end.
        types: the instance types that the free plan starts.
        twelve_months: the allowances of an older account's first twelve months.
        trials: allowances of every account.
    """

    page: str
    seen: dt.date
    changed: dt.date
    at_once: Decimal
    earned: Decimal
    free_plan_months: int
    end_months: int
    types: Sequence[str]
    twelve_months: Sequence[Allowance]
    trials: Sequence[Allowance]

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> FreeTier:
        """Return it from what tools/prices.yml says."""
        credit = said["credits"]
        return cls(
            page=said["page"],
            seen=said["seen"],
            changed=said["changed"],
            at_once=Decimal(credit["at_once"]),
            earned=Decimal(credit["earned"]),
            free_plan_months=credit["free_plan_months"],
            end_months=credit["end_months"],
            types=credit["types"],
            twelve_months=[_allowance(entry) for entry in said["twelve_months"]],
            trials=[_allowance(entry) for entry in said["trials"]],
        )

    @property
    def over(self) -> dt.date:
        """The day from which no account has the twelve months any more: the last of them was a year old."""
        return self.changed.replace(year=self.changed.year + 1)

    def pays_for(self, credit: Decimal, month: Month) -> Decimal:
        """Return the months that a credit pays for, in tenths; no more than there are until it ends."""
        end = Decimal(self.end_months)
        return min(credit / month.usd, end).quantize(TENTH, ROUND_DOWN) if month.usd else end

    def told(self, month: Month) -> list[str]:
        """Return sentences that say what it covers of a month."""
        both = self.at_once + self.earned
        at_once, at_most = self.pays_for(self.at_once, month), self.pays_for(both, month)
        credit = (
            f"Credits, of accounts made since {self.changed}: {self.at_once} USD at once pay for {at_once} months, "
            f"{both} USD with all that can be earned for {at_most} months. They end after {self.end_months} months, "
            f"the free plan after {self.free_plan_months}."
        )
        lines = [credit]
        if refused := sorted({host.type for host in month.environment.hosts} - set(self.types)):
            lines.append(
                f"The free plan doesn't start {', '.join(refused)}; the paid plan does, with the same credits."
            )
        lines += [
            f"Trial, of every account: {trial.units:,f} hours a month of {', '.join(trial.prices)} until {trial.until} "
            f"are {trial.covers(month)} USD a month of it."
            for trial in self.trials
            if trial.covers(month)
        ]
        twelve = sum((allowance.covers(month) for allowance in self.twelve_months), Decimal("0.00"))
        lines.append(
            f"Twelve months, of accounts made before {self.changed}: {twelve} USD a month of it. "
            f"No account has them since {self.over}."
        )
        return lines


def _allowance(entry: Mapping[str, Any]) -> Allowance:
    return Allowance(entry["prices"], Decimal(entry["units"]), entry.get("until"), entry.get("seen"))
