"""Going on without Redis, and coming back to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

from mailroom.ratelimits.entities import Counter, CounterUnavailable, Limit, Question, Rate, Standing

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
# Taking a place, since a Redis that can only be read counts nothing.
_TRIAL = Question(Limit.READS, Rate(1_000_000, 1), ("nobody",))


class Failover:
    """Counts with `shared` while it can, and with `local` from its first failure until it works again.

    That it works again is found out beside the requests, every `pause` seconds, by a thread that lives no longer: a
    Redis that hangs costs the requests in hand its timeout once, and those that follow nothing. `on_change` is told
    True when `local` takes over, and False when `shared` is back.
    """

    def __init__(
        self,
        shared: Counter,
        local: Counter,
        on_change: Callable[[bool], None],
        pause: float = _PAUSE_SECONDS,
    ) -> None:
        self._shared = shared
        self._local = local
        self._on_change = on_change
        self._pause = pause
        self._degraded = False
        self._lock = Lock()
        self._closed = Event()

    def count(self, questions: Sequence[Question]) -> list[Standing]:
        """Answer each question."""
        if not self._degraded:
            try:
                return self._shared.count(questions)
            except CounterUnavailable as error:
                self._degrade(error)
        return self._local.count(questions)

    def close(self) -> None:
        """Look for `shared` no more."""
        self._closed.set()

    def _degrade(self, error: CounterUnavailable) -> None:
        with self._lock:
            if self._degraded or self._closed.is_set():
                return
            self._degraded = True
            self._on_change(True)  # noqa: FBT003 - one value is all that it takes
        logger.warning("limits are counted by each process alone", extra={"error": str(error)})
        Thread(target=self._return, name="limits", daemon=True).start()

    def _return(self) -> None:
        while not self._closed.wait(self._pause):
            try:
                self._shared.count([_TRIAL])
            except CounterUnavailable:
                continue
            with self._lock:
                self._degraded = False
                self._on_change(False)  # noqa: FBT003 - one value is all that it takes
            logger.info("limits are counted in redis again")
            return
