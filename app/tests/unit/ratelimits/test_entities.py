from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import LimitExceeded
from mailroom.ratelimits.entities import Limit, Question, Rate, Standing, Window
from support.limits import reads


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/minute", Rate(600, 60)),
        ("1/second", Rate(1, 1)),
        ("5/HOUR", Rate(5, 3600)),
        ("999999999/day", Rate(999_999_999, 86400)),
        ("0", None),
        ("off", None),
        ("OFF", None),
    ],
)
def test_a_rate_is_read_from_its_setting(text: str, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "600", "600/minutes", "0/minute", "-1/day", "1.5/hour", "600 / minute", "1/week"])
def test_another_form_is_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"it must be like 600/minute \(or second, hour, day\), 0 or off"):
        Rate.parse(text)


@pytest.mark.parametrize(("parts", "amount"), [(1, 10), (4, 3), (10, 1), (64, 1)])
def test_a_share_is_an_equal_part_and_at_least_one(parts: int, amount: int) -> None:
    assert Rate(10, 60).share(parts) == Rate(amount, 60)


def test_the_window_before_counts_by_what_of_it_is_still_inside() -> None:
    assert [Window(10, 3, left).used(Rate(20, 60)) for left in (60, 59, 30, 5.9, 0)] == [13, 12, 8, 3, 3]


def test_what_came_in_this_window_begins_to_fade_when_the_next_begins() -> None:
    assert Window(0, 10, 20).wait(Rate(10, 60), 9) == 20


def test_what_came_before_fades_one_by_one() -> None:
    # Of 10, 5 are inside with 30 s left: the fifth has left when there are less than 30 s.
    assert Window(10, 0, 30).wait(Rate(10, 60), 4) == 0
    assert Window(10, 0, 30).wait(Rate(10, 60), 2) == 12


@given(
    amount=st.integers(1, 50),
    seconds=st.sampled_from([1, 60, 3600]),
    previous=st.integers(0, 100),
    current=st.integers(0, 100),
    share=st.floats(0, 1),
)
def test_after_the_wait_there_is_room_and_not_long_before(
    amount: int, seconds: int, previous: int, current: int, share: float
) -> None:
    rate, left = Rate(amount, seconds), share * seconds
    window = Window(previous, current, left)
    wait = window.wait(rate, amount - 1)

    def used_after(passed: float) -> int:
        if passed < left:
            return Window(previous, current, left - passed).used(rate)
        return Window(current, 0, left + seconds - passed).used(rate) if passed < left + seconds else 0

    tick = seconds / 1000
    assert used_after(wait + tick) < amount
    if wait > tick:
        assert used_after(wait - tick) >= amount


def standing(*, taken: bool, takes: bool = True, window: Window) -> Standing:
    return Standing.of(reads(10, takes=takes), Rate(10, 60), window, taken=taken)


def test_who_took_a_place_is_let_in_and_told_what_is_left() -> None:
    expected = Standing(Limit.READS, Rate(10, 60), let_in=True, remaining=6, reset=60)

    assert standing(taken=True, window=Window(0, 4, 59.5)) == expected


def test_who_took_the_last_place_is_let_in_with_nothing_left() -> None:
    found = standing(taken=True, window=Window(0, 10, 12.1))

    assert (found.let_in, found.remaining, found.reset) == (True, 0, 13)


def test_who_found_no_place_waits_for_the_next_one_at_least_a_second() -> None:
    found = standing(taken=False, window=Window(10, 0, 59.999))

    assert (found.let_in, found.remaining, found.reset) == (False, 0, 1)


@pytest.mark.parametrize(("current", "let_in"), [(9, True), (10, False)])
def test_who_only_looks_sees_whether_there_is_a_place(current: int, *, let_in: bool) -> None:
    assert standing(taken=True, takes=False, window=Window(0, current, 30)).let_in is let_in


def test_where_nothing_was_counted_there_is_nothing_to_wait_for() -> None:
    found = standing(taken=True, takes=False, window=Window(0, 0, 0))

    assert (found.remaining, found.reset) == (10, 0)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit.READS, "More than 10 reads in 60 s. Try again in 7 s."),
        (Limit.WRITES, "More than 10 writes in 60 s. Try again in 7 s."),
        (Limit.LOGIN, "More than 10 attempts to log in in 60 s. Try again in 7 s."),
        (Limit.FAILURES, "More than 10 failed authentications from this address in 60 s. Try again in 7 s."),
    ],
)
def test_a_refusal_says_which_limit_it_was_and_when_to_come_back(limit: Limit, words: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        Standing(limit, Rate(10, 60), let_in=False, remaining=0, reset=7).must_be_let_in()

    assert (str(caught.value), caught.value.retry_after, caught.value.limit) == (words, 7, limit)


def test_a_key_is_short_and_names_nobody() -> None:
    key = Question(Limit.LOGIN, Rate(10, 60), ("account", "ann@example.com" * 1000)).key

    assert key.startswith("login:60:")
    assert len(key) == len("login:60:") + 32


@pytest.mark.parametrize(
    "other",
    [
        Question(Limit.READS, Rate(10, 60), ("key:2",)),
        Question(Limit.WRITES, Rate(10, 60), ("key:1",)),
        Question(Limit.READS, Rate(10, 3600), ("key:1",)),
        Question(Limit.READS, Rate(10, 60), ("key", "1")),
    ],
)
def test_what_is_counted_apart_has_keys_of_its_own(other: Question) -> None:
    assert other.key != reads(10).key


def test_another_amount_goes_on_with_the_same_count() -> None:
    assert reads(10).key == reads(20).key


def test_whoever_is_named_has_a_key() -> None:
    assert reads(1, "\ud800").key
