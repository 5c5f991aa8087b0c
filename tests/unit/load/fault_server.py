"""A small HTTPS server that does wrong on purpose, and counts what it did."""

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto
from types import TracebackType
from typing import Self

import h11

from tests.unit.load.authority import Authority

IDLE = 0.02  # seconds between an answer and the cut of its connection
NO_LINGER = struct.pack("ii", 1, 0)  # close with a reset


class Fault(Enum):
    """What the server does to one request."""

    NONE = auto()
    CUT_BEFORE = auto()
    RESET_BEFORE = auto()
    CUT_MID = auto()
    RESET_MID = auto()
    CUT_IDLE = auto()
    RESET_IDLE = auto()
    ANNOUNCE = auto()
    BAD_GATEWAY = auto()
    WRONG_BODY = auto()
    WRONG_ID = auto()
    SLOW = auto()
    NEVER = auto()
    TWICE = auto()
    UNFRAMED = auto()
    GARBAGE = auto()


CUT_BEFORE = {Fault.CUT_BEFORE, Fault.RESET_BEFORE}
CUT_MID = {Fault.CUT_MID, Fault.RESET_MID}
CUT_IDLE = {Fault.CUT_IDLE, Fault.RESET_IDLE}
RESETS = {Fault.RESET_BEFORE, Fault.RESET_MID, Fault.RESET_IDLE}
Decide = Callable[[int], Fault]


def every(period: int, fault: Fault) -> Decide:
    """Do `fault` to each `period`th request."""
    return lambda number: fault if number % period == period - 1 else Fault.NONE


class FaultServer:
    """Serves on a loopback port, in a thread, while its `with` block lasts."""

    def __init__(self, authority: Authority, decide: Decide = lambda _: Fault.NONE, slow: float = 0.3) -> None:
        """`decide` gets the number of each request, from 0; SLOW answers take `slow` seconds."""
        self.made: Counter[Fault] = Counter()
        self.requests: list[tuple[str, str, bytes]] = []  # request id, path, body
        self.connections = 0
        self.release = "1.0.0"
        self._decide = decide
        self._slow = slow
        self._numbers = itertools.count()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(authority.certificate, authority.key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault-server")
        self._up = threading.Event()
        self._port = 0
        self._stop = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, dropping what is open."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self._tls, backlog=1024)
        self._port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError):
            async for request, body in _requests(reader):
                if not await self._answer(request, body, reader, writer):
                    break
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _answer(
        self,
        request: h11.Request,
        body: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        fault = self._decide(next(self._numbers))
        own_id = dict(request.headers)[b"x-request-id"]
        self.requests.append((own_id.decode(), request.target.decode(), body))
        if fault is Fault.NEVER:
            self.made[fault] += 1
            await self._stop.wait()
            return False
        if fault is Fault.SLOW:
            await asyncio.sleep(self._slow)
        writer.write(self._bytes(fault, own_id))
        await writer.drain()
        if fault in CUT_IDLE:
            await asyncio.sleep(IDLE)
            if reader.at_eof():
                return False
        self.made[fault] += 1
        if fault in RESETS:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            writer.transport.abort()
        last = fault in CUT_BEFORE | CUT_MID | CUT_IDLE | {Fault.ANNOUNCE, Fault.UNFRAMED, Fault.GARBAGE}
        return not last and (b"connection", b"close") not in request.headers

    def _bytes(self, fault: Fault, own_id: bytes) -> bytes:
        if fault in CUT_BEFORE:
            return b""
        if fault is Fault.GARBAGE:
            return b"what?\r\n\r\n"
        status = b"502 Bad Gateway" if fault is Fault.BAD_GATEWAY else b"200 OK"
        body = b'{"state": "wrong"}' if fault is Fault.WRONG_BODY else b'{"state": "right"}'
        answered_id = b"load-0-0" if fault is Fault.WRONG_ID else own_id
        head = [b"HTTP/1.1 " + status, b"X-Release: " + self.release.encode(), b"X-Request-ID: " + answered_id]
        if fault is not Fault.UNFRAMED:
            head.append(b"Content-Length: %d" % len(body))
        if fault is Fault.ANNOUNCE:
            head.append(b"Connection: close")
        answer = b"\r\n".join([*head, b"", body])
        if fault in CUT_MID:
            return answer[:-5]
        return answer * 2 if fault is Fault.TWICE else answer


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[tuple[h11.Request, bytes]]:
    http = h11.Connection(h11.SERVER)
    request: h11.Request | None = None
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65536)
            if not data:
                return
            http.receive_data(data)
        elif isinstance(event, h11.Request):
            request, body = event, b""
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            yield request, body
            # The answer is written by hand, faults and all: a new parser reads on.
            http = h11.Connection(h11.SERVER)
        else:
            return
