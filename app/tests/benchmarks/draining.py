"""Accept very many messages and deliver them all, and print how fast that went and what memory the processes took.

Usage: PYTHONPATH=tests uv run --directory app python -m benchmarks.draining [--messages 250000] [--clients 4]

The web service runs under gunicorn with two workers, the queue's worker as on a host, PostgreSQL and Redis as installed
on this machine (without fsync). The worker's transport is the log, so that nothing but Mailroom is measured. First all
messages are accepted, in batches of 500, while no worker runs; then one drains the queue. Memory is what a process has
to itself and its share of the rest (PSS). Exit status 1: a message wasn't accepted, or wasn't sent.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from mailroom.config import RedisSettings
from mailroom.keys.ensure import ensure_key
from support.databases import Cluster, Database
from support.environment import environment_for
from support.ports import free_port
from support.processes import Process
from support.servers import postgresql, redis_server
from support.web import Web, running_web, web_environment

_KEY = "benchmark-0123456789-0123456789-0123456789"
_BATCH = 500
_ROWS = 12
_LOOK_SECONDS = 0.5
_SENT = "SELECT count(*) FROM messages WHERE state = 'sent'"


@dataclass(frozen=True, slots=True)
class Moment:
    """How far it was after so many seconds, and the memory (MB) of the processes together and of the largest."""

    seconds: float
    done: int
    memory: float
    largest: float


def main() -> int:
    """Accept, drain, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draining", description="How fast a queue is drained.")
    parser.add_argument("--messages", type=int, default=250_000)
    parser.add_argument("--clients", type=int, default=4)
    asked = parser.parse_args()
    messages = asked.messages // _BATCH * _BATCH
    with ExitStack() as stack:
        database = stack.enter_context(
            stack.enter_context(Cluster(stack.enter_context(postgresql())).ready()).database()
        )
        redis = stack.enter_context(redis_server())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "credentials").mkdir()
        found = RedisSettings(redis.host, redis.port, redis.user, redis.password)
        environment = environment_for(database, found, folder / "credentials", _KEY)
        ensure_key(database.settings(), "benchmark", _KEY)
        with web_environment(environment, folder) as settings, running_web(settings, folder) as web:
            accepted = _accept(web, messages, asked.clients)
        with _worker(environment, folder) as worker:
            drained = _drain(database, worker)
    _print("accepted, in batches of 500", "2 web processes and their master", accepted)
    _print("drained", "the worker", drained)
    return 0 if (accepted[-1].done, drained[-1].done) == (messages, messages) else 1


def _accept(web: Web, messages: int, clients: int) -> list[Moment]:
    done: list[int] = []

    def post(number: int) -> None:
        items = [{"to": f"ann{number}-{n}@example.com", "subject": "Hello", "text": "Good day."} for n in range(_BATCH)]
        status, _, answer = web.ask("POST", "/api/v1/batches", {"messages": items}, {"Authorization": f"Bearer {_KEY}"})
        assert status == HTTPStatus.OK, answer
        done.append(sum(result["status"] == HTTPStatus.ACCEPTED for result in answer["results"]))

    with ThreadPoolExecutor(clients) as threads:
        batches = [threads.submit(post, number) for number in range(messages // _BATCH)]
        seen = _watch(
            lambda: sum(done), lambda: all(batch.done() for batch in batches), lambda: _family(web.process.pid)
        )
    _raise_what_failed(batches)
    return seen


def _drain(database: Database, worker: Process) -> list[Moment]:
    def sent() -> int:
        ((count,),) = database.rows(_SENT)
        return int(count)

    left = "SELECT NOT EXISTS (SELECT FROM messages WHERE state IN ('queued', 'sending'))"
    return _watch(sent, lambda: bool(database.rows(left)[0][0]), lambda: [worker.pid])


def _watch(done: Callable[[], int], over: Callable[[], bool], processes: Callable[[], list[int]]) -> list[Moment]:
    began = time.monotonic()
    seen: list[Moment] = []
    while True:
        ended = over()
        memory = [_memory(pid) for pid in processes()]
        seen.append(Moment(time.monotonic() - began, done(), sum(memory), max(memory)))
        sys.stderr.write(f"\r{seen[-1].seconds:6.0f} s {seen[-1].done:>8}")
        if ended:
            sys.stderr.write("\n")
            return seen
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[Process]:
    settings = {
        "MAILROOM_TRANSPORT": "log",
        "MAILROOM_METRICS_HOST": "127.0.0.1",
        "MAILROOM_WORKER_METRICS_PORT": str(free_port()),
    }
    process = Process(["mailroom", "worker"], environment | settings, folder / "worker.log")
    try:
        yield process
    finally:
        process.end()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _raise_what_failed(batches: list[Future[None]]) -> None:
    for batch in batches:
        batch.result()


def _print(what: str, who: str, seen: list[Moment]) -> None:
    last = seen[-1]
    sys.stdout.write(f"\n{last.done} {what}: {last.seconds:.0f} s, {last.done / last.seconds:.0f} a second\n")
    sys.stdout.write(f"{'seconds':>8}  {'messages':>9}  {'a second':>8}  MB of {who} (the largest)\n")
    step = max(1, (len(seen) - 1) // _ROWS)
    shown = [*seen[: len(seen) - 1 : step], last]
    before = Moment(0, 0, 0, 0)
    for one in shown:
        rate = (one.done - before.done) / (one.seconds - before.seconds) if one.seconds > before.seconds else 0
        sys.stdout.write(f"{one.seconds:>8.0f}  {one.done:>9}  {rate:>8.0f}  {one.memory:.0f} ({one.largest:.0f})\n")
        before = one


if __name__ == "__main__":
    sys.exit(main())
