"""Whose turn it is: a job waits here until breaker and quota let it pass, and holds neither thread nor transaction."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from mailroom.delivery.allowance import Allowance, Cause, Wait
from mailroom.delivery.breaker import Breaker, Pass

# A job that has to wait longer is put back. While nothing may be sent, no more jobs are taken from the queue and put
# back than those in hand in so many seconds.
_PATIENCE_SECONDS = 10.0
_AWAY = "The mail provider is away: the message waits until it is back, which costs no attempt."

Waited = Callable[[Cause, float], None]


class NotNow(Exception):
    """The job can't have its turn now. `delay` is in seconds; `reason` is None where it is only told to come back."""

    def __init__(self, delay: float, reason: str | None = None) -> None:
        super().__init__(f"not before {delay:.1f} s")
        self.delay = delay
        self.reason = reason


class Admission:
    """Gives jobs their turns. `waited` is told for what and how long (seconds) they waited."""

    def __init__(
        self, breaker: Breaker, allowance: Allowance, waited: Waited, patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._breaker = breaker
        self._allowance = allowance
        self._waited = waited
        self._patience = patience
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopping.set()

    def refresh(self) -> None:
        """Publish how much may be sent. Raises StorageUnavailable."""
        self._allowance.refresh()

    async def turn(self, worker: int | None) -> Pass:
        """Wait for leave to send one message; give it back by `leave`. Raises NotNow, StorageUnavailable.

        `worker` is the number under which the queue knows this worker.
        """
        until = time.monotonic() + self._patience
        while not self._stopping.is_set():
            if self._allowance.due(worker):
                await asyncio.to_thread(self._allowance.renew, worker)
            answer = self._ask()
            if isinstance(answer, Pass):
                return answer
            now = time.monotonic()
            if now >= until:
                raise NotNow(answer.seconds, answer.reason)
            await self._wait(min(answer.seconds, until - now))
            self._waited(answer.cause, time.monotonic() - now)
        raise NotNow(0)

    def leave(self, leave: Pass) -> None:
        """Give leave back, whether a message was sent or not."""
        self._breaker.leave(leave)

    def _ask(self) -> Pass | Wait:
        leave = self._breaker.enter()
        if not isinstance(leave, Pass):
            return Wait(leave, Cause.BREAKER, _AWAY)
        wait = self._allowance.take()
        if wait is None:
            return leave
        self._breaker.leave(leave)
        return wait

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
