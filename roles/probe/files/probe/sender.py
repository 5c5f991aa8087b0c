"""The sending itself: requests come due at a constant rate, whatever became of those before."""

import asyncio
import bisect
import itertools
from collections import deque
from collections.abc import Iterator
from weakref import WeakSet

from .judge import OK, REFUSED, TIMEOUT, judge
from .tally import Result, Tally
from .wire import ABANDONED, BY_US, ExchangeError, Wire
from .wish import Request, Wish

# Multiples of an irrational number, modulo 1, spread evenly (Weyl): shares come out exact and every run is the same.
# Two unrelated ones, so that no kind of request falls on connections of its own only.
GOLDEN_RATIO = (5**0.5 - 1) / 2
ROOT_OF_TWO = 2**0.5
LATE = 1.0  # seconds; whoever slept for longer, as a paused host does, doesn't send all that he missed at once


def schedule(wish: Wish) -> Iterator[tuple[Request, bool]]:
    """Yield what to send and whether on a connection of its own: first each kind both ways, then by weight."""
    ways = [False] * (wish.fresh < 1) + [True] * (wish.fresh > 0)
    yield from ((request, fresh) for fresh in ways for request in wish.requests)
    shares = list(itertools.accumulate(request.weight for request in wish.requests))
    for number in itertools.count():
        point = number * ROOT_OF_TWO % 1 * shares[-1]
        yield wish.requests[bisect.bisect_right(shares, point)], number * GOLDEN_RATIO % 1 < wish.fresh


class Sender:
    """Sends what a wish asks for and has the tally count what came of it."""

    def __init__(self, wish: Wish, tally: Tally) -> None:
        """Nothing is sent before `run`. Raises WishError."""
        self._wish = wish
        self._tally = tally
        self._tls = wish.tls()
        self._wires: WeakSet[Wire] = WeakSet()  # asyncio holds a connection for as long as anything is left of it
        self._idle: deque[Wire] = deque()
        self._kept = 0  # connections that are kept alive: idle, in use or being opened

    async def run(self, stop: asyncio.Event) -> str:
        """Send until `stop` or the limit, and see what was sent to its end; return "stopped" or "limit"."""
        async with asyncio.TaskGroup() as requests:
            arriving = requests.create_task(self._arrive(requests))
            stopping = requests.create_task(stop.wait())
            await asyncio.wait({arriving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            ended_by = "stopped" if stopping.done() else "limit"
            arriving.cancel()
            stopping.cancel()
        for wire in list(self._wires):
            wire.drop()
        await asyncio.sleep(0.01)
        return ended_by

    async def _arrive(self, requests: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        end = start + self._wish.limit
        for number, (request, fresh) in enumerate(schedule(self._wish)):
            due = start + number / self._wish.rate
            if due >= end:
                return
            if (missed := loop.time() - due) > LATE:
                self._tally.late(missed)
                start, due = start + missed, due + missed
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._tally.late(loop.time() - due)
            requests.create_task(self._serve(number, request, due, fresh=fresh))
            # Also when it is late, every request gets its task: `create_task` alone gives nobody else a turn.
            await asyncio.sleep(0)

    async def _serve(self, number: int, request: Request, due: float, *, fresh: bool) -> None:
        """Send a request once and count how it ended."""
        loop, wish = asyncio.get_running_loop(), self._wish
        request_id = self._tally.sending(number)
        wire, release = None, ""
        try:
            async with asyncio.timeout_at(due + wish.timeout):
                wire = await self._wire(fresh=fresh)
                message = self._message(request, request_id, number, last=fresh)
                answer = await wire.exchange(request.method, message, last=fresh)
            release = answer.headers.get(wish.version_header, "")
            outcome, detail = judge(request, request_id, answer)
        except ExchangeError as error:
            outcome, detail = error.outcome, str(error)
        except TimeoutError as error:
            outcome, detail = TIMEOUT, str(error) or f"no whole answer within {wish.timeout:g} s"
            if wire is not None:
                wire.end(ABANDONED)
        except OSError as error:
            outcome, detail = REFUSED, f"{type(error).__name__}: {error}"
        seconds = loop.time() - due
        self._put_back(wire, fresh=fresh)
        detail = "" if outcome == OK else wish.masked(detail)
        self._tally.add(Result(request.name, request_id, fresh, outcome, detail, release[:100], seconds))

    async def _wire(self, *, fresh: bool) -> Wire:
        """Return a connection: the one that idled longest, a new one where none does. Raises OSError."""
        if not fresh and self._kept >= self._wish.connections and self._idle:
            return self._idle.popleft()
        wire = Wire(self._ended_fresh if fresh else self._ended_kept)
        self._wires.add(wire)
        self._kept += not fresh
        wish, loop = self._wish, asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: wire, wish.address, wish.port, ssl=self._tls, server_hostname=wish.name
            )
        finally:
            if not wire.opened:
                self._kept -= not fresh
        self._tally.connections += 1
        return wire

    def _put_back(self, wire: Wire | None, *, fresh: bool) -> None:
        if wire is None or fresh or not wire.usable:
            return
        if self._kept > self._wish.connections:
            wire.end(BY_US)
        else:
            self._idle.append(wire)

    def _ended_fresh(self, _: Wire, how: str) -> None:
        self._tally.endings[how] += 1

    def _ended_kept(self, wire: Wire, how: str) -> None:
        self._tally.endings[how] += 1
        self._kept -= 1
        if wire in self._idle:
            self._idle.remove(wire)

    def _message(self, request: Request, request_id: str, number: int, *, last: bool) -> bytes:
        body = (request.body or "").replace("{n}", str(number)).encode()
        lines = [f"{request.method} {request.path.replace('{n}', str(number))} HTTP/1.1"]
        lines += [f"Host: {self._wish.authority}", f"X-Request-ID: {request_id}", "User-Agent: slipway-probe"]
        lines += [f"{name}: {value}" for name, value in request.headers]
        if request.body is not None or request.method not in {"GET", "HEAD"}:
            lines.append(f"Content-Length: {len(body)}")
        if last:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
