from __future__ import annotations

import pytest

from mailroom.errors import LimitExceeded
from mailroom.ratelimits.entities import Limit, Rate
from mailroom.ratelimits.service import Limiter
from support.limits import Clock, FakeShared, limiter_of


def nobody(limit: Limit) -> None:
    """Be told of a refusal, and do nothing."""


def test_one_too_many_is_refused() -> None:
    limiter = limiter_of(login="2/minute")
    standings = [limiter.hit(Limit.LOGIN, "account", "ann") for _ in range(2)]

    assert [standing.remaining if standing else None for standing in standings] == [1, 0]
    with pytest.raises(LimitExceeded, match="More than 2 attempts to log in in 60 s"):
        limiter.hit(Limit.LOGIN, "account", "ann")


def test_others_are_counted_apart() -> None:
    limiter = limiter_of(login="1/minute")
    limiter.hit(Limit.LOGIN, "account", "ann")

    assert limiter.hit(Limit.LOGIN, "account", "bob")
    assert limiter.hit(Limit.LOGIN, "address", "ann")


def test_every_refusal_is_told_with_its_limit() -> None:
    refused: list[Limit] = []
    limiter = limiter_of(refused, reads="1/minute")
    for _ in range(3):
        limiter.count(Limit.READS, "key:1")

    assert refused == [Limit.READS, Limit.READS]


@pytest.fixture
def shared() -> FakeShared:
    return FakeShared()


def test_a_limit_that_is_off_counts_nothing(shared: FakeShared) -> None:
    limiter = Limiter({Limit.READS: None}, shared, nobody)

    assert limiter.hit(Limit.READS, "key:1") is None
    assert limiter.count_known(Limit.READS, "key:1", "192.0.2.1") is None
    assert limiter.count_failure("192.0.2.1") is None
    assert shared.asked == 0


def test_a_known_caller_costs_one_round_trip(shared: FakeShared) -> None:
    limiter = Limiter({Limit.READS: Rate(9, 60), Limit.FAILURES: Rate(9, 60)}, shared, nobody)

    standing = limiter.count_known(Limit.READS, "key:1", "192.0.2.1")

    assert shared.asked == 1
    assert standing is not None
    assert (standing.limit, standing.remaining) == (Limit.READS, 8)


def test_an_address_that_failed_too_often_is_refused_before_anybody_is_asked(shared: FakeShared) -> None:
    limiter = Limiter({Limit.FAILURES: Rate(2, 60)}, shared, nobody)
    found = [limiter.count_failure("192.0.2.1") for _ in range(2)]
    asked = shared.asked

    standing = limiter.failing("192.0.2.1")

    assert [standing.let_in if standing else None for standing in found] == [True, True]
    assert standing is not None
    assert (standing.let_in, standing.limit) == (False, Limit.FAILURES)
    assert shared.asked == asked


def test_an_address_that_fails_less_is_let_in() -> None:
    limiter = limiter_of(failures="2/minute")
    limiter.count_failure("192.0.2.1")

    assert limiter.failing("192.0.2.1") is None
    assert limiter.failing("192.0.2.2") is None


def test_where_another_process_saw_it_fail_even_a_good_credential_is_refused(shared: FakeShared) -> None:
    rates = {Limit.READS: Rate(9, 60), Limit.FAILURES: Rate(2, 60)}
    one, other = Limiter(rates, shared, nobody), Limiter(rates, shared, nobody)
    for _ in range(2):
        one.count_failure("192.0.2.1")

    assert other.failing("192.0.2.1") is None
    refused = other.count_known(Limit.READS, "key:1", "192.0.2.1")
    assert refused is not None
    assert (refused.limit, refused.let_in) == (Limit.FAILURES, False)
    assert other.failing("192.0.2.1")


def test_a_failure_too_many_is_refused_where_another_process_saw_the_others(shared: FakeShared) -> None:
    one, other = (Limiter({Limit.FAILURES: Rate(1, 60)}, shared, nobody) for _ in range(2))
    one.count_failure("192.0.2.1")
    standing = other.count_failure("192.0.2.1")

    assert standing is not None
    assert not standing.let_in


def test_a_failing_address_is_let_in_again_with_the_next_place() -> None:
    clock = Clock()
    limiter = limiter_of(clock=clock, failures="1/second", reads="9/minute")
    limiter.count_failure("192.0.2.1")
    refused = limiter.count_known(Limit.READS, "key:1", "192.0.2.1")
    clock.now += 1.1
    standing = limiter.count_known(Limit.READS, "key:1", "192.0.2.1")

    assert refused is not None
    assert standing is not None
    assert (refused.let_in, standing.let_in) == (False, True)


def test_with_the_limit_of_an_operation_off_a_failing_address_is_refused_all_the_same() -> None:
    limiter = limiter_of(failures="1/minute")
    allowed = limiter.count_known(Limit.READS, "key:1", "192.0.2.1")
    limiter.count_failure("192.0.2.1")
    refused = limiter.count_known(Limit.READS, "key:1", "192.0.2.1")

    assert allowed is None
    assert refused is not None
    assert refused.limit is Limit.FAILURES
