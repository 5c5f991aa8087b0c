"""Counting in this process alone, while Redis is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from mailroom.ratelimits.entities import Question, Rate, Standing, Window

# Some 4 MB. Beyond that the count that was asked for longest ago is forgotten.
_MOST = 10_000


class LocalCounter:
    """Lets in an equal share of each limit. `processes` is how many share it, `clock` gives seconds."""

    def __init__(self, processes: int, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        # By key: when the window began, the count of the one before, its own.
        self._counts: OrderedDict[str, tuple[float, int, int]] = OrderedDict()
        self._processes = processes
        self._most = most
        self._clock = clock
        self._lock = Lock()

    def __len__(self) -> int:
        """Tell how many counts are kept."""
        return len(self._counts)

    def count(self, questions: Sequence[Question]) -> list[Standing]:
        """Answer each question, all at one moment."""
        with self._lock:
            now = self._clock()
            return [self._answer(question, question.rate.share(self._processes), now) for question in questions]

    def _answer(self, question: Question, rate: Rate, now: float) -> Standing:
        key = question.key
        began, previous, current = self._moved_on(key, rate, now)
        window = Window(previous, current, began + rate.seconds - now)
        room = window.used(rate) < rate.amount
        if question.takes and room:
            window = Window(previous, current + 1, window.left)
        if window.current or window.previous:
            self._keep(key, (began, previous, window.current))
        return Standing.of(question, rate, window, taken=room)

    def _moved_on(self, key: str, rate: Rate, now: float) -> tuple[float, int, int]:
        began, previous, current = self._counts.get(key, (now, 0, 0))
        passed = (now - began) // rate.seconds
        if passed < 1:
            return began, previous, current
        return (began + rate.seconds, current, 0) if passed < 2 else (now, 0, 0)  # noqa: PLR2004 - two windows

    def _keep(self, key: str, count: tuple[float, int, int]) -> None:
        self._counts[key] = count
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
