"""The load itself: arrivals at a constant rate, whatever the server does."""

import asyncio
import bisect
import itertools
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.load.config import LoadConfig
from tests.load.errors import LoadError
from tests.load.recording import Outcome, Recording, Result
from tests.load.requests import Request
from tests.load.slot import Arrival, Slot

# Multiples of an irrational number, modulo 1, spread evenly (Weyl): shares come out exact and every run is the same.
# Two unrelated ones, so that no kind of request falls on fresh connections only.
GOLDEN_RATIO = (5**0.5 - 1) / 2
ROOT_OF_TWO = 2**0.5


class Client:
    """Runs one load to its end in this process."""

    def __init__(self, config: LoadConfig, run: str) -> None:
        """`run` is part of every request's id."""
        self._config = config
        self._recording = Recording(run)
        self._shares = list(itertools.accumulate(request.weight for request in config.requests))
        self._kept = self._slots(keep=True)
        self._fresh = self._slots(keep=False)
        self._arriving: asyncio.Task[None] | None = None
        self._stopped = False
        self._queues: dict[bool, asyncio.Queue[Arrival]] = {
            fresh: asyncio.Queue(maxsize=config.queue) for fresh in (False, True)
        }

    def stop(self) -> None:
        """Let no more requests come due; those that did are seen to their end."""
        self._stopped = True
        if self._arriving is not None:
            self._arriving.cancel()

    async def run(self, on_ready: Callable[[], None]) -> Recording:
        """Open the connections, call `on_ready`, send until `stop` or the limit, wait for answers, return all.

        Raises LoadError when the connections can't be opened at the start.
        """
        await self._connect()
        recording = self._recording
        recording.start, recording.started_at = asyncio.get_running_loop().time(), datetime.now(UTC)
        cpu = time.process_time()
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work(slot, self._queues[False])) for slot in self._kept]
            workers += [group.create_task(self._work(slot, self._queues[True])) for slot in self._fresh]
            on_ready()
            self._arriving = group.create_task(self._arrive())
            if self._stopped:
                self._arriving.cancel()
            await asyncio.wait({self._arriving})
            recording.end = asyncio.get_running_loop().time()
            recording.limit_reached = not self._arriving.cancelled()
            for queue in self._queues.values():
                await queue.join()
            for worker in workers:
                worker.cancel()
        recording.cpu_seconds = time.process_time() - cpu
        await asyncio.gather(*(slot.close() for slot in self._kept + self._fresh))
        return recording

    def _slots(self, *, keep: bool) -> list[Slot]:
        config = self._config
        tls = config.tls()
        number = config.kept if keep else config.connections if config.fresh else 0
        return [Slot(config, tls, self._recording, keep=keep) for _ in range(number)]

    async def _connect(self) -> None:
        target = self._config.target()
        place = f"{target.address} port {target.port}"
        try:
            async with asyncio.timeout(self._config.timeout):
                for slot in self._kept:
                    await slot.connect()
        except TimeoutError as error:
            raise LoadError(f"{place} did not accept {len(self._kept)} connections in time.") from error
        except ssl.SSLCertVerificationError as error:
            raise LoadError(f"The certificate of {place}: {error.verify_message}.") from error
        except OSError as error:
            raise LoadError(f"No connection to {place}: {error}.") from error

    async def _work(self, slot: Slot, queue: asyncio.Queue[Arrival]) -> None:
        while True:
            arrival = await queue.get()
            await slot.serve(arrival)
            queue.task_done()

    async def _arrive(self) -> None:
        loop, recording = asyncio.get_running_loop(), self._recording
        for number in range(self._config.due):
            due = recording.start + number / self._config.rate
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            recording.latest_arrival = max(recording.latest_arrival, loop.time() - due)
            fresh = number * GOLDEN_RATIO % 1 < self._config.fresh
            self._enqueue(Arrival(number, due, self._choose(number)), self._queues[fresh])

    def _choose(self, number: int) -> Request:
        point = number * ROOT_OF_TWO % 1 * self._shares[-1]
        return self._config.requests[bisect.bisect_right(self._shares, point)]

    def _enqueue(self, arrival: Arrival, queue: asyncio.Queue[Arrival]) -> None:
        try:
            queue.put_nowait(arrival)
        except asyncio.QueueFull:
            now = asyncio.get_running_loop().time()
            detail = f"{queue.maxsize} requests were waiting for a connection"
            self._recording.add(Result(arrival.number, arrival.due, 0.0, now, Outcome.OVERFLOW, detail=detail))
