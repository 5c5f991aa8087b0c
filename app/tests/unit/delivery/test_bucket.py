from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.delivery.bucket import Bucket
from support.fakes import FakeClock


def a_bucket(rate: float | None) -> tuple[Bucket, FakeClock]:
    clock = FakeClock()
    bucket = Bucket(clock)
    bucket.set_rate(rate)
    clock.go_on(1 / rate if rate else 0)
    return bucket, clock


def test_without_a_rate_there_is_always_a_token() -> None:
    bucket, _ = a_bucket(None)

    assert [bucket.take() for _ in range(100)] == [0] * 100


def test_tokens_are_spaced_evenly() -> None:
    bucket, clock = a_bucket(4)

    assert bucket.take() == 0
    assert bucket.take() == 0.25
    clock.go_on(0.25)
    assert bucket.take() == 0


def test_time_in_which_nothing_was_sent_isnt_saved_up() -> None:
    bucket, clock = a_bucket(4)
    clock.go_on(3600)

    assert [bucket.take(), bucket.take()] == [0, 0.25]


def test_a_new_bucket_begins_with_a_pause() -> None:
    bucket = Bucket(FakeClock())
    bucket.set_rate(2)

    assert bucket.take() == 0.5


def test_another_rate_holds_at_once() -> None:
    bucket, clock = a_bucket(1)
    bucket.take()
    bucket.set_rate(10)

    assert bucket.take() == pytest.approx(0.1)
    clock.go_on(0.1)
    bucket.take()
    bucket.set_rate(0.5)
    assert bucket.take() == pytest.approx(2)


def test_somebody_who_was_asked_too_often_is_left_alone_longer_each_time() -> None:
    bucket, clock = a_bucket(None)
    pauses = []
    for _ in range(8):
        bucket.throttled(clock())
        pauses.append(bucket.take())
        clock.go_on(pauses[-1])

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_several_calls_that_were_under_way_together_count_once() -> None:
    bucket, clock = a_bucket(None)
    began = clock()
    clock.go_on(0.1)
    for _ in range(4):
        bucket.throttled(began)

    assert bucket.take() == 1


def test_once_a_message_is_taken_again_the_pause_begins_anew() -> None:
    bucket, clock = a_bucket(None)
    for _ in range(2):
        bucket.throttled(clock())
    clock.go_on(2)
    bucket.answered(clock())
    bucket.throttled(clock())

    assert bucket.take() == 1


def test_an_answer_to_a_call_from_before_changes_nothing() -> None:
    bucket, clock = a_bucket(None)
    began = clock()
    clock.go_on(0.1)
    bucket.throttled(clock())
    bucket.answered(began)
    bucket.throttled(clock())

    assert bucket.take() == 2


def test_an_answer_to_a_call_of_the_very_moment_ends_the_pause() -> None:
    bucket, clock = a_bucket(None)
    bucket.throttled(clock())
    bucket.answered(clock())
    clock.go_on(1)
    bucket.throttled(clock())

    assert bucket.take() == 1


def test_another_rate_doesnt_shorten_the_pause() -> None:
    bucket, clock = a_bucket(1)
    bucket.throttled(clock())
    bucket.set_rate(1000)

    assert bucket.take() == 1


@given(rate=st.floats(0.1, 1000), steps=st.lists(st.floats(0, 2), max_size=200))
def test_no_two_tokens_are_ever_closer_than_the_rate_allows(rate: float, steps: list[float]) -> None:
    bucket, clock = a_bucket(rate)
    taken = []
    for step in steps:
        clock.go_on(step)
        if bucket.take() == 0:
            taken.append(clock())

    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert all(gap >= 1 / rate - 1e-6 for gap in gaps)
