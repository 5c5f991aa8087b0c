"""The circuit breaker: while a transport is away it is asked now and then, by one message at a time.

Not pybreaker's: that one holds its lock for as long as a call takes, so that of all messages in hand only one would be
sent at a time (https://github.com/danielfm/pybreaker/issues/3), and it doesn't say when it will close.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

logger = logging.getLogger(__name__)

# With little mail it would take long until enough calls have failed, and one message would pay for them all.
_FEW_FAILURES = 3
_FEW_FAILURES_SECONDS = 10.0
# How soon to ask again while another message tries.
_TRIAL_SECONDS = 0.5


class BreakerState(StrEnum):
    """`closed`: all may pass. `open`: nobody. `half-open`: one, to see whether the transport is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Pass:
    """Leave for one call. Each is one of its own."""


class Breaker:
    """Opens after so many failures in a row, or after a few that last; `open_for` is in seconds. Threads may share it.

    A call tells nothing about a state that began after it did: what was under way when the breaker opened or closed is
    left out.
    """

    def __init__(
        self,
        failures: int,
        open_for: float,
        tell: Callable[[BreakerState], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._open_for = open_for
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        self._since = clock()
        self._row = 0
        self._row_began = 0.0
        self._trial: Pass | None = None
        tell(self._state)

    def enter(self) -> Pass | float:
        """Return leave to call, or the seconds to wait before asking again. Leave must be given back by `leave`."""
        with self._lock:
            if self._state is BreakerState.OPEN:
                if (left := self._left()) > 0:
                    return left
                self._turn(BreakerState.HALF_OPEN)
            leave = Pass()
            if self._state is BreakerState.HALF_OPEN:
                if self._trial is not None:
                    return _TRIAL_SECONDS
                self._trial = leave
            return leave

    def leave(self, leave: Pass) -> None:
        """Give leave back, whether the call was made or not."""
        with self._lock:
            if self._trial is leave:
                self._trial = None

    def answered(self, began: float) -> None:
        """Take note that the transport answered a call that began then, if only to refuse the message."""
        with self._lock:
            if began < self._since:
                return
            self._row = 0
            if self._state is not BreakerState.CLOSED:
                self._turn(BreakerState.CLOSED)

    def failed(self, began: float) -> float | None:
        """Take note that a call that began then failed. Return the seconds to wait where this isn't the message's loss.

        That is so when the breaker is open now: the call found out what all have to wait for.
        """
        with self._lock:
            now = self._clock()
            if began >= self._since:
                self._count(now)
                if self._state is BreakerState.HALF_OPEN or self._is_enough(now):
                    self._turn(BreakerState.OPEN)
            return None if self._state is BreakerState.CLOSED else max(self._left(), _TRIAL_SECONDS)

    def _count(self, now: float) -> None:
        if self._row == 0:
            self._row_began = now
        self._row += 1

    def _is_enough(self, now: float) -> bool:
        lasts = now - self._row_began >= _FEW_FAILURES_SECONDS
        return self._row >= self._most or (self._row >= _FEW_FAILURES and lasts)

    def _left(self) -> float:
        return self._since + self._open_for - self._clock()

    def _turn(self, state: BreakerState) -> None:
        level = logging.WARNING if state is BreakerState.OPEN else logging.INFO
        logger.log(level, "the breaker is %s", state, extra={"failures": self._row, "was": str(self._state)})
        self._state, self._since, self._trial = state, self._clock(), None
        self._row = 0
        self._tell(state)
