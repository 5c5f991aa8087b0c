"""Figures from samples, exact: no histogram buckets, no interpolation."""

import bisect
import itertools
from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return the smallest sample that at least `percent` per cent of `ordered` do not exceed (nearest rank).

    `ordered` ascends; None when it is empty. `percent` is 1 to 100.
    """
    if not 1 <= percent <= 100:
        raise ValueError(f"percent is {percent}; it must be from 1 to 100")
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[rank - 1]


def longest_gap(ordered: Sequence[float], start: float, end: float) -> float:
    """Return the longest time between `start` and `end` without one of the `ordered` moments in it.

    The stretches from `start` to the first and from the last to `end` count too: silence to the end is a gap.
    """
    inside = ordered[bisect.bisect_left(ordered, start) : bisect.bisect_right(ordered, end)]
    return max(later - earlier for earlier, later in itertools.pairwise([start, *inside, max(start, end)]))
