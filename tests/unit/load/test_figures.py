"""The figures, checked against their definitions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.figures import longest_gap, percentile

MOMENTS = st.floats(min_value=0, max_value=1000, allow_nan=False)
SAMPLES = st.lists(MOMENTS, min_size=1, max_size=300).map(sorted)
PERCENTS = st.integers(min_value=1, max_value=100)


@given(SAMPLES, PERCENTS)
def test_a_percentile_is_the_smallest_sample_that_enough_samples_do_not_exceed(
    samples: list[float], percent: int
) -> None:
    found = percentile(samples, percent)
    enough = [value for value in samples if sum(other <= value for other in samples) * 100 >= percent * len(samples)]
    assert found == min(enough)


@given(SAMPLES, PERCENTS, PERCENTS)
def test_a_higher_percentile_is_never_smaller(samples: list[float], one: int, other: int) -> None:
    low, high = percentile(samples, min(one, other)), percentile(samples, max(one, other))
    assert low is not None
    assert high is not None
    assert low <= high


@given(SAMPLES)
def test_the_hundredth_percentile_is_the_slowest(samples: list[float]) -> None:
    assert percentile(samples, 100) == samples[-1]


def test_no_samples_have_no_percentile() -> None:
    assert percentile([], 99) is None


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_percent_out_of_range_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match=f"percent is {percent}; it must be from 1 to 100"):
        percentile([1.0], percent)


@given(st.lists(MOMENTS, max_size=100).map(sorted), MOMENTS, MOMENTS)
def test_no_moment_lies_inside_the_longest_gap(moments: list[float], one: float, other: float) -> None:
    start, end = min(one, other), max(one, other)
    gap = longest_gap(moments, start, end)
    edges = sorted({start, end, *(moment for moment in moments if start <= moment <= end)})
    assert gap == max((later - earlier for earlier, later in itertools.pairwise(edges)), default=0)


def test_silence_to_the_end_is_a_gap() -> None:
    assert longest_gap([1.0, 2.0], 0.0, 10.0) == 8.0


def test_silence_throughout_is_one_gap() -> None:
    assert longest_gap([], 5.0, 9.0) == 4.0
