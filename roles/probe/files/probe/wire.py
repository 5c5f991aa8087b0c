"""One TLS connection and the exchanges on it.

An asyncio protocol, not a StreamReader: only so is the end of an idle connection seen the moment it comes.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from .answer import Answer, AnswerError, Reader

# How a connection ends.
BY_US = "by us"
ANNOUNCED = "announced"  # the server said `Connection: close` with its answer
ABANDONED = "abandoned"  # by us, after a timeout or a bad answer
CUT_IDLE = "cut idle"
CUT_BEFORE_ANSWER = "cut before answer"
CUT_MID_ANSWER = "cut mid answer"
UNASKED = "unasked"  # bytes came that no request asked for: an answer too many
ENDINGS = (BY_US, ANNOUNCED, ABANDONED, CUT_IDLE, CUT_BEFORE_ANSWER, CUT_MID_ANSWER, UNASKED)

BAD_ANSWER = "bad answer"


class ExchangeError(Exception):
    """There is no whole answer; `outcome` says of which kind the failure is."""

    def __init__(self, outcome: str, why: str) -> None:
        """Keep the kind beside the words."""
        super().__init__(why)
        self.outcome = outcome


class Wire(asyncio.Protocol):
    """A connection; `on_end` is told once how it ended, if it was ever open."""

    def __init__(self, on_end: Callable[["Wire", str], None]) -> None:
        """Nothing happens before asyncio connects it."""
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._pending: asyncio.Future[Answer] | None = None
        self._reader: Reader | None = None
        self._heard = False
        self._last = False
        self._ended = False

    @property
    def opened(self) -> bool:
        """Whether the connection ever came about."""
        return self._transport is not None

    @property
    def usable(self) -> bool:
        """Whether a request may be sent now, for all that is known."""
        return self._transport is not None and not self._ended

    async def exchange(self, method: str, message: bytes, *, last: bool) -> Answer:
        """Send a request, once, and return its answer; `last`: it asked to close after it. Raises ExchangeError."""
        if self._transport is None or self._ended:
            raise ExchangeError(CUT_BEFORE_ANSWER, "the connection had ended")
        self._pending = asyncio.get_running_loop().create_future()
        self._reader, self._heard, self._last = Reader(method), False, last
        self._transport.write(message)
        try:
            return await self._pending
        finally:
            self._pending = None

    def end(self, how: str) -> None:
        """Close the connection from our side; a second call does nothing."""
        if self._transport is None or self._ended:
            return
        self._finish(how)
        if how in {BY_US, ANNOUNCED}:
            self._transport.close()
        else:
            self._transport.abort()

    def drop(self) -> None:
        """Let go of what is left of the connection, without waiting for the other side."""
        self.end(BY_US)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (the TLS handshake is done)."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes of an answer, or note that nobody asked for them."""
        if self._ended:
            return
        if self._pending is None or self._pending.done() or self._reader is None:
            self.end(UNASKED)
            return
        self._heard = True
        try:
            answer = self._reader.feed(data)
        except AnswerError as error:
            self._pending.set_exception(ExchangeError(BAD_ANSWER, str(error)))
            self.end(ABANDONED)
            return
        if answer is not None:
            self._pending.set_result(answer)
            if self._reader.rest:
                self.end(UNASKED)
            elif self._last:
                self.end(BY_US)
            elif answer.closes:
                self.end(ANNOUNCED)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a cut from an orderly end."""
        if self._ended or self._transport is None:
            return
        why = f"{type(exc).__name__}: {exc}" if exc else "end of stream"
        if self._pending is None or self._pending.done():
            self._finish(CUT_IDLE)
        elif self._heard:
            self._pending.set_exception(ExchangeError(CUT_MID_ANSWER, f"{why} in the middle of the answer"))
            self._finish(CUT_MID_ANSWER)
        else:
            self._pending.set_exception(ExchangeError(CUT_BEFORE_ANSWER, f"{why} before any byte of the answer"))
            self._finish(CUT_BEFORE_ANSWER)

    def _finish(self, how: str) -> None:
        self._ended = True
        self._on_end(self, how)
