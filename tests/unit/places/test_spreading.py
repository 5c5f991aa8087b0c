"""Places are spread evenly over the hosts that are ready, and as few as possible move."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping

import pytest

from roles.nginx.files.places.spreading import spread

PLACES = [f"198.18.0.{number}" for number in range(1, 13)]
HOSTS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
FIRST, SECOND, THIRD = HOSTS


def spread_over(ready: Collection[str], held: Mapping[str, str] | None = None) -> dict[str, str]:
    return spread(PLACES, held or {}, HOSTS, ready)


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    return sum(1 for place in PLACES if before[place] != after[place])


def test_all_hosts_have_the_same_share_at_first() -> None:
    assert Counter(spread_over(HOSTS).values()) == {FIRST: 4, SECOND: 4, THIRD: 4}


def test_neighbouring_places_lead_to_different_hosts_so_that_the_next_try_is_another_host() -> None:
    found = spread_over(HOSTS)

    assert all(found[one] != found[other] for one, other in itertools.pairwise(PLACES))


@pytest.mark.parametrize("ready", [{FIRST}, {FIRST, THIRD}, set(HOSTS)], ids=len)
def test_no_host_has_more_than_one_place_more_than_another(ready: set[str]) -> None:
    counts = Counter(spread(PLACES[:11], {}, HOSTS, ready).values())

    assert set(counts) == ready
    assert max(counts.values()) - min(counts.values()) <= 1


def test_only_the_places_of_a_host_that_goes_are_moved() -> None:
    before = spread_over(HOSTS)
    after = spread_over({FIRST, THIRD}, before)

    assert moved(before, after) == 4
    assert Counter(after.values()) == {FIRST: 6, THIRD: 6}


def test_a_host_that_is_back_has_the_places_that_it_had() -> None:
    before = spread_over(HOSTS)

    assert spread_over(HOSTS, spread_over({FIRST, THIRD}, before)) == before


def test_nothing_moves_while_the_same_hosts_are_ready() -> None:
    held = spread_over({FIRST, THIRD}, spread_over(HOSTS))

    assert spread_over({FIRST, THIRD}, held) == held


def test_a_new_host_takes_its_share_and_no_other_place_moves() -> None:
    before = spread(PLACES, {}, HOSTS[:2], HOSTS[:2])
    after = spread(PLACES, before, HOSTS, HOSTS)

    assert moved(before, after) == 4
    assert Counter(after.values()) == {FIRST: 4, SECOND: 4, THIRD: 4}


def test_everything_stays_if_no_host_is_ready() -> None:
    held = spread_over({SECOND})

    assert spread_over(set(), held) == held


def test_places_lead_somewhere_though_no_host_was_ever_ready() -> None:
    assert set(spread_over(set()).values()) == set(HOSTS)


def test_places_stay_with_a_host_that_is_wanted_no_more_until_another_is_ready() -> None:
    held = dict.fromkeys(PLACES, "10.0.0.9")

    assert spread_over(set(), held) == held
    assert set(spread_over({SECOND}, held).values()) == {SECOND}


@pytest.mark.parametrize("sizes", list(itertools.permutations([1, 2, 3])), ids=str)
def test_no_more_move_than_must_whoever_comes_and_goes(sizes: tuple[int, ...]) -> None:
    held = spread_over(HOSTS)
    for size in sizes:
        ready = set(HOSTS[-size:])
        after = spread_over(ready, held)
        own = Counter(held.values())
        # What can stay at best: of each host that is ready as many as its share has.
        shares = sorted((len(PLACES) // size + (rank < len(PLACES) % size) for rank in range(size)), reverse=True)
        stays = sum(map(min, sorted((own[host] for host in ready), reverse=True), shares))
        assert moved(held, after) == len(PLACES) - stays
        held = after
