"""What the free tier covers of a month, reckoned by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.unit.tools.cost.made import environment, made, reckon
from tools.cost.free import Allowance

TIER = made().free_tier


def hosts(**types: int) -> dict[str, dict[str, object]]:
    return {kind: {"count": count, "type": kind, "disk_gb": 10, "subnet": "public"} for kind, count in types.items()}


def test_an_allowance_covers_no_more_than_there_is() -> None:
    assert Allowance(["small"], Decimal(750)).covers(reckon(environment())) == Decimal("7.30")  # 730 h of 750


def test_an_allowance_covers_no_more_than_its_units() -> None:
    month = reckon(environment(cloud_hosts=hosts(small=3)))

    assert Allowance(["small"], Decimal(750)).covers(month) == Decimal("7.50")  # 750 h of 2,190


def test_prices_of_an_allowance_share_its_units() -> None:
    month = reckon(environment(cloud_hosts=hosts(small=1, large=1)))

    assert Allowance(["small", "large"], Decimal(750)).covers(month) == Decimal("9.30")  # 730 x 0.01 + 20 x 0.1


def test_what_is_free_anyhow_is_not_covered_again() -> None:
    assert Allowance(["traffic"], Decimal(100)).covers(reckon(environment(), traffic_gb=120)) == Decimal("1.80")


def test_a_credit_pays_for_whole_tenths_of_months() -> None:
    assert TIER.pays_for(Decimal(100), reckon(environment())) == Decimal("6.8")  # 100 / 14.65 = 6.82...


def test_a_credit_pays_for_no_month_after_its_end() -> None:
    assert TIER.pays_for(Decimal(200), reckon(environment())) == Decimal(12)  # 13.65... otherwise


def test_all_of_it_is_told_of_a_month() -> None:
    credit, trial, twelve = TIER.told(reckon(environment()))

    assert credit == (
        "Credits, of accounts made since 2025-07-15: 100 USD at once pay for 6.8 months, 200 USD with all that can be "
        "earned for 12.0 months. They end after 12 months, the free plan after 6."
    )
    assert trial == "Trial, of every account: 100 hours a month of small until 2026-12-31 are 1.00 USD a month of it."
    # 730 h of small, and 10 GB of disk.
    assert twelve.startswith("Twelve months, of accounts made before 2025-07-15: 8.30 USD a month of it. No account")


def test_types_that_the_free_plan_does_not_start_are_named() -> None:
    told = TIER.told(reckon(environment(cloud_hosts=hosts(small=1, large=1))))

    assert "The free plan doesn't start large; the paid plan does, with the same credits." in told


def test_a_trial_that_covers_nothing_is_not_told_of() -> None:
    assert not [line for line in TIER.told(reckon(environment(cloud_hosts=hosts(large=1)))) if line.startswith("Trial")]


def test_the_twelve_months_are_over_a_year_after_the_change() -> None:
    assert TIER.over == dt.date(2026, 7, 15)
