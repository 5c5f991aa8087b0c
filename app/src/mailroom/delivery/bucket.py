"""The token bucket: how fast messages may follow each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FIRST_PUSH_SECONDS = 1.0
_LONGEST_PUSH_SECONDS = 60.0


class Bucket:
    """Holds one token, so that messages are spaced evenly: never two within 1/rate seconds. Threads may share it.

    Somebody who says that he was asked too often pushes the next token back: a second, and twice as long each time
    until he takes a message again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._interval = 0.0
        self._next = clock()
        self._push = 0.0
        self._pushed = clock()

    def set_rate(self, rate: float | None) -> None:
        """Give out so many tokens a second from now on; None is without limit."""
        with self._lock:
            last = self._next - self._interval
            self._interval = 1 / rate if rate else 0.0
            if not self._push:
                self._next = last + self._interval

    def take(self) -> float:
        """Take a token and return 0, or return the seconds until there may be one."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                return self._next - now
            self._next = now + self._interval
            return 0.0

    def throttled(self, began: float) -> None:
        """Push the next token back, since a call that began then was one too many; several at once count once."""
        with self._lock:
            if began < self._pushed:
                return
            self._pushed = self._clock()
            self._push = min(self._push * 2 or _FIRST_PUSH_SECONDS, _LONGEST_PUSH_SECONDS)
            self._next = max(self._next, self._pushed + self._push)

    def answered(self, began: float) -> None:
        """Take note that a call that began then was not one too many."""
        with self._lock:
            if began >= self._pushed:
                self._push = 0.0
