from __future__ import annotations

import pytest

from mailroom.ratelimits.entities import Limit, Rate, Standing
from mailroom.ratelimits.failing import FailingAddresses
from support.limits import Clock

FULL = Standing(Limit.FAILURES, Rate(3, 60), let_in=True, remaining=0, reset=10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def failing(clock: Clock) -> FailingAddresses:
    return FailingAddresses(most=2, clock=clock)


def test_nothing_is_held_against_an_address_that_was_not_noted(failing: FailingAddresses) -> None:
    failing.note("192.0.2.1", FULL)

    assert failing.standing("192.0.2.2") is None


def test_an_address_that_was_noted_is_not_let_in_for_as_long_as_was_said(
    failing: FailingAddresses, clock: Clock
) -> None:
    failing.note("192.0.2.1", FULL)
    clock.now += 7.5

    assert failing.standing("192.0.2.1") == Standing(Limit.FAILURES, Rate(3, 60), let_in=False, remaining=0, reset=3)


def test_then_it_is_forgotten(failing: FailingAddresses, clock: Clock) -> None:
    failing.note("192.0.2.1", FULL)
    clock.now += 10

    assert [failing.standing("192.0.2.1"), failing.standing("192.0.2.1")] == [None, None]


def test_no_more_are_kept_than_said_and_the_oldest_goes_first(failing: FailingAddresses) -> None:
    for address in ("a", "b", "a", "c"):
        failing.note(address, FULL)

    assert [address for address in "abc" if failing.standing(address)] == ["a", "c"]
