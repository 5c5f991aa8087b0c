"""One place for one request at a time, with the connection that it keeps."""

import asyncio
import ssl
from dataclasses import dataclass

import h11

from tests.load.config import LoadConfig
from tests.load.recording import Ending, Outcome, Recording, Result
from tests.load.requests import REQUEST_ID, Request
from tests.load.wire import Answer, ExchangeError, Wire


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that came due, at a time of the event loop's clock."""

    number: int
    due: float
    request: Request


class Slot:
    """Sends arrivals, one after another. A kept connection that ended is opened again by the next arrival."""

    def __init__(self, config: LoadConfig, tls: ssl.SSLContext, recording: Recording, *, keep: bool) -> None:
        """`keep`: requests share a connection; otherwise each opens its own and closes it."""
        self._target = config.target()
        self._tls = tls
        self._timeout = config.timeout
        self._recording = recording
        self._keep = keep
        self._wire: Wire | None = None

    async def connect(self) -> Wire:
        """Return a usable connection, opening one if there is none. Raises OSError (also ssl.SSLError)."""
        if self._wire is not None and self._wire.usable:
            return self._wire
        loop = asyncio.get_running_loop()
        self._wire = wire = Wire(
            lambda: self._recording.connection_opened(loop.time()),
            lambda how: self._recording.connection_ended(loop.time(), how),
        )
        target = self._target
        await loop.create_connection(
            lambda: wire, target.address, target.port, ssl=self._tls, server_hostname=target.name
        )
        return wire

    async def serve(self, arrival: Arrival) -> None:
        """Send an arrival's request once and record how it ended."""
        loop = asyncio.get_running_loop()
        deadline = arrival.due + self._timeout
        if loop.time() >= deadline:
            detail = f"no connection was free within {self._timeout:g} s"
            self._recording.add(Result(arrival.number, arrival.due, 0.0, loop.time(), Outcome.TIMEOUT, detail=detail))
            return
        sent, release = 0.0, ""
        try:
            async with asyncio.timeout_at(deadline):
                wire = await self.connect()
                message, body = self._message(arrival)
                sent = loop.time()
                answer = await wire.exchange(message, body)
            release = answer.headers.get(b"x-release", b"").decode("ascii", "replace")
            outcome, detail = self._judge(arrival, answer)
        except ExchangeError as error:
            outcome, detail = error.outcome, str(error)
        except TimeoutError as error:
            outcome, detail = Outcome.TIMEOUT, str(error) or f"no whole answer within {self._timeout:g} s"
            self._drop(Ending.ABANDONED)
        except OSError as error:
            outcome, detail = Outcome.REFUSED, f"{type(error).__name__}: {error}"
        place = f"{arrival.request.method} {arrival.request.path}: "
        done = loop.time()
        self._recording.add(Result(arrival.number, arrival.due, sent, done, outcome, release, place + detail))

    async def close(self) -> None:
        """End the connection in order, and by force if the other side doesn't answer within a second."""
        self._drop(Ending.BY_US)
        for _ in range(100):
            if self._wire is None or self._wire.gone:
                return
            await asyncio.sleep(0.01)
        if self._wire is not None:
            self._wire.abort()

    def _drop(self, how: Ending) -> None:
        if self._wire is not None:
            self._wire.end(how)

    def _message(self, arrival: Arrival) -> tuple[h11.Request, bytes]:
        request = arrival.request
        own_id = self._recording.request_id(arrival.number).encode()
        body = request.body.replace(REQUEST_ID, own_id)
        headers = [(b"host", self._target.authority.encode()), (b"x-request-id", own_id)]
        headers += [(name.encode(), value.encode()) for name, value in request.headers]
        if request.method != "GET":
            headers.append((b"content-length", str(len(body)).encode()))
        if not self._keep:
            headers.append((b"connection", b"close"))
        return h11.Request(method=request.method, target=request.path, headers=headers), body

    def _judge(self, arrival: Arrival, answer: Answer) -> tuple[Outcome, str]:
        request = arrival.request
        start = answer.body[:200].decode("utf-8", "replace")
        if answer.status not in request.expect:
            return Outcome.WRONG_STATUS, f"status {answer.status}: {start}"
        if request.check is not None and not request.check(answer.body):
            return Outcome.WRONG_BODY, f"not what {request.check} wants: {start}"
        own_id = self._recording.request_id(arrival.number)
        found = answer.headers.get(b"x-request-id", b"").decode("ascii", "replace")
        if request.echoes_id and found != own_id:
            return Outcome.WRONG_ID, f"X-Request-ID is {found!r}, not {own_id!r}"
        return Outcome.OK, ""
