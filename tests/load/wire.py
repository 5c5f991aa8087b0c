"""One TLS connection and the HTTP/1.1 exchanges on it.

An asyncio protocol, not a StreamReader: only so is the end of an idle connection seen the moment it comes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import h11

from tests.load.recording import Ending, Outcome

MAX_BODY = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class ExchangeError(Exception):
    """There is no whole answer; `outcome` says of which kind the failure is."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        """Keep the kind beside the words."""
        super().__init__(why)
        self.outcome = outcome


class Wire(asyncio.Protocol):
    """A connection. `on_open` and `on_end` are told once each."""

    def __init__(self, on_open: Callable[[], None], on_end: Callable[[Ending], None]) -> None:
        """Nothing happens before asyncio connects it."""
        self._on_open = on_open
        self._on_end = on_end
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._pending: asyncio.Future[Answer] | None = None
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._heard = False
        self._asked_to_close = False
        self._ended = False
        self._lost = False

    @property
    def usable(self) -> bool:
        """Whether a request may be sent now, for all that is known."""
        return self._transport is not None and not self._ended

    @property
    def gone(self) -> bool:
        """Whether nothing of the connection is left, or there never was one."""
        return self._transport is None or self._lost

    async def exchange(self, request: h11.Request, body: bytes) -> Answer:
        """Send a request, once, and return its answer. Raises ExchangeError."""
        if self._transport is None or self._ended:
            raise ExchangeError(Outcome.CUT_BEFORE_ANSWER, "the connection had ended")
        self._pending = asyncio.get_running_loop().create_future()
        self._response, self._heard = None, False
        self._body.clear()
        self._asked_to_close = (b"connection", b"close") in request.headers
        data = self._http.send(request) or b""
        if body:
            data += self._http.send(h11.Data(data=body)) or b""
        self._transport.write(data + (self._http.send(h11.EndOfMessage()) or b""))
        try:
            return await self._pending
        finally:
            self._pending = None

    def end(self, how: Ending) -> None:
        """Close the connection from our side (a second call does nothing)."""
        if self._transport is None or self._ended:
            return
        self._finish(how)
        if how in {Ending.BY_US, Ending.ANNOUNCED}:
            self._transport.close()
        else:
            self._transport.abort()

    def abort(self) -> None:
        """Drop what is left of the connection without waiting for the other side."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection (the TLS handshake is done)."""
        self._transport = cast("asyncio.Transport", transport)
        self._on_open()

    def data_received(self, data: bytes) -> None:
        """Take bytes of an answer, or note that nobody asked for them."""
        if self._ended:
            return
        if self._pending is None or self._pending.done():
            self.end(Ending.UNASKED)
            return
        self._heard = True
        try:
            self._http.receive_data(data)
            self._read_events()
        except h11.RemoteProtocolError as error:
            self._fail(Ending.ABANDONED, Outcome.BAD_ANSWER, str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a cut from an orderly end."""
        self._lost = True
        if self._ended or self._transport is None:
            return
        why = f"{type(exc).__name__}: {exc}" if exc else "end of stream"
        if self._pending is None or self._pending.done():
            self._finish(Ending.CUT_IDLE)
        elif self._heard:
            self._fail(Ending.CUT_MID_ANSWER, Outcome.CUT_MID_ANSWER, f"{why} in the middle of the answer")
        else:
            self._fail(Ending.CUT_BEFORE_ANSWER, Outcome.CUT_BEFORE_ANSWER, f"{why} before any byte of the answer")

    def _read_events(self) -> None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._response = event
                names = {name for name, _ in event.headers}
                if not names & {b"content-length", b"transfer-encoding"} and event.status_code not in {204, 304}:
                    raise h11.RemoteProtocolError("neither Content-Length nor chunked: the end can't be proved")
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY:
                    raise h11.RemoteProtocolError(f"the body is larger than {MAX_BODY} bytes")
            elif isinstance(event, h11.EndOfMessage):
                self._complete()
                return
            elif not isinstance(event, h11.InformationalResponse):
                return

    def _complete(self) -> None:
        response, pending = self._response, self._pending
        if response is None or pending is None:
            return
        pending.set_result(Answer(response.status_code, dict(response.headers), bytes(self._body)))
        if self._http.trailing_data[0]:
            self.end(Ending.UNASKED)
        elif self._asked_to_close:
            self.end(Ending.BY_US)
        elif self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.end(Ending.ANNOUNCED)

    def _fail(self, ending: Ending, outcome: Outcome, why: str) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(ExchangeError(outcome, why))
        if ending is Ending.ABANDONED:
            self.end(ending)
        else:
            self._finish(ending)

    def _finish(self, how: Ending) -> None:
        self._ended = True
        self._on_end(how)
