"""tools/prices.yml, and what a file of prices must say."""

from __future__ import annotations

import pytest

from tests.unit.tools.cost.made import made, said
from tools.cost.prices import CostError, parse, read


def test_every_price_of_ours_is_there_for_every_region_of_ours() -> None:
    ours = read()

    for region in ours.regions:
        for group in ours.groups:
            assert [ours.of(name, region).name for name in group.prices] == list(group.prices)


def test_a_price_for_everywhere_is_that_of_each_region() -> None:
    assert made().of("gp3", "there").usd == made().of("gp3", "here").usd


def test_a_price_that_is_not_confirmed_has_no_day() -> None:
    assert made().of("small", "there").seen is None


@pytest.mark.parametrize("said_of", [{}, {"confirmed": True}, {"seen": "lately"}, {"seen": None}])
def test_a_price_says_when_it_was_seen_or_that_it_is_not_confirmed(said_of: dict[str, object]) -> None:
    document = said()
    document["groups"][0]["prices"]["small"]["here"] = {"usd": 1, **said_of}

    with pytest.raises(
        CostError, match=r"small in here: it needs either `seen`, a day such as 2026-10-08, or `confirmed"
    ):
        parse(document)


def test_a_price_is_not_both_seen_and_not_confirmed() -> None:
    document = said()
    document["groups"][0]["prices"]["small"]["here"]["confirmed"] = False

    with pytest.raises(CostError, match="small in here: it needs either"):
        parse(document)


@pytest.mark.parametrize("usd", [None, "0.01", True, -1])
def test_a_price_is_a_number(usd: object) -> None:
    document = said()
    document["groups"][0]["prices"]["small"]["here"]["usd"] = usd

    with pytest.raises(CostError) as refused:
        parse(document)

    assert str(refused.value) == f"tools/prices.yml: small in here: usd is {usd!r}; it must be a number of US dollars"
