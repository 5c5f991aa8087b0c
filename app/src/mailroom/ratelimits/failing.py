"""The addresses that fail too often: remembered, so that a guess costs neither PostgreSQL nor Redis anything."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from mailroom.ratelimits.entities import Standing

# Some 3 MB. Who has more addresses than that pushes the oldest out, and these are found again by their next failure.
_MOST = 10_000


class FailingAddresses:
    """Addresses with the moment from which one more attempt is let in. `clock` gives seconds that never go back."""

    def __init__(self, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._until: OrderedDict[str, tuple[float, Standing]] = OrderedDict()
        self._most = most
        self._clock = clock
        self._lock = Lock()

    def note(self, address: str, standing: Standing) -> None:
        """Remember that nothing is let in from the address before the standing's reset."""
        with self._lock:
            self._until[address] = (self._clock() + standing.reset, standing)
            self._until.move_to_end(address)
            if len(self._until) > self._most:
                self._until.popitem(last=False)

    def standing(self, address: str) -> Standing | None:
        """Return how the address stands now; None where nothing is held against it."""
        with self._lock:
            until, noted = self._until.get(address, (0.0, None))
            left = until - self._clock()
            if noted is None:
                return None
            if left <= 0:
                del self._until[address]
                return None
        return replace(noted, let_in=False, remaining=0, reset=max(1, math.ceil(left)))
