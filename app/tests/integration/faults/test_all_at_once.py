"""Messages are accepted and delivered while SES, Redis, PostgreSQL and a worker fail one after the other.

MAILROOM_MESSAGES (10000) and MAILROOM_OUTAGE_SECONDS (60) make it as long as the few of the test suite aren't.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailroom.keys.ensure import ensure_key
from support.databases import Cluster, Database
from support.processes import eventually
from support.programs import Program
from support.redis_process import RedisProcess
from support.sender import Sender
from support.servers import stoppable_postgresql
from support.ses import Gate, SimulatedSes
from support.web import Web, running_web, web_environment
from support.workers import StartWorker

MESSAGES = int(os.environ.get("MAILROOM_MESSAGES", "600"))
OUTAGE = float(os.environ.get("MAILROOM_OUTAGE_SECONDS", "4"))
CLIENTS = 8
CONCURRENCY = 4
WORKER = {
    "MAILROOM_WORKER_CONCURRENCY": str(CONCURRENCY),
    "MAILROOM_DELIVERY_MAX_ATTEMPTS": "12",
    "MAILROOM_BREAKER_OPEN_SECONDS": "1",
}
KEY = "test-key-0123456789-0123456789-0123456789"
# After PostgreSQL is up again a pool needs a moment to notice.
RECOVERY = 3.0
_LEFT = "SELECT count(*) FROM messages WHERE state NOT IN ('sent', 'failed')"


@dataclass(frozen=True)
class Parts:
    """All that can fail, and what is to go on."""

    database: Database
    postgresql: Program
    redis: RedisProcess
    ses: SimulatedSes
    gate: Gate
    start_worker: StartWorker


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[tuple[Database, Program]]:
    """Return a database on a server that nobody else needs, and the server's program."""
    with stoppable_postgresql() as (server, program), Cluster(server).ready() as cluster, cluster.database() as made:
        ensure_key(made.settings(), "tests", KEY)
        yield made, program


@pytest.fixture
def database(own_postgresql: tuple[Database, Program]) -> Database:
    return own_postgresql[0]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    (tmp_path / "redis").mkdir()
    server = RedisProcess(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def parts(
    own_postgresql: tuple[Database, Program],
    own_redis: RedisProcess,
    ses: SimulatedSes,
    gate: Gate,
    start_worker: StartWorker,
) -> Parts:
    return Parts(*own_postgresql, own_redis, ses, gate, start_worker)


@pytest.fixture
def web(environment: dict[str, str], own_redis: RedisProcess, tmp_path: Path) -> Iterator[Web]:
    at = {"MAILROOM_REDIS_PORT": str(own_redis.settings.port), "MAILROOM_REDIS_USER": own_redis.settings.user}
    with web_environment(environment | at, tmp_path) as settings, running_web(settings, tmp_path) as running:
        yield running


@contextmanager
def in_the_background(work: Callable[[], None]) -> Iterator[None]:
    """Do some work beside the block, and end with it."""
    failed: list[BaseException] = []

    def do() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is seen
            failed.append(error)

    thread = threading.Thread(target=do)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert not failed, failed


def let_all_fail(parts: Parts, until: Callable[[float], None]) -> tuple[float, float]:
    """Have one after the other fail; `until` waits for a share of the messages. Returns when PostgreSQL was away."""
    workers = [parts.start_worker(**WORKER) for _ in range(2)]
    until(0.1)
    parts.gate.failing = 0.3
    until(0.3)
    workers[0].signal(signal.SIGKILL)
    parts.start_worker(**WORKER)
    until(0.45)
    parts.redis.stop()
    until(0.6)
    parts.redis.start()
    stopped_at = time.monotonic()
    parts.postgresql.stop()
    time.sleep(1)
    parts.postgresql.start()
    back_at = time.monotonic() + RECOVERY
    until(0.8)
    parts.gate.failing, parts.gate.dead = 0.0, (503, "ServiceUnavailable")
    time.sleep(OUTAGE)
    parts.gate.dead = None
    return stopped_at, back_at


def test_every_accepted_message_ends_and_is_accounted_for(
    parts: Parts, web: Web, figure: Callable[[str], None]
) -> None:
    sender = Sender(web, {"Authorization": f"Bearer {KEY}"})

    def until(part: float) -> None:
        eventually(lambda: len(sender.accepted) >= part * MESSAGES, seconds=900)

    parts.gate.delay = 0.01
    with in_the_background(lambda: sender.send(range(MESSAGES), CLIENTS)):
        stopped_at, back_at = let_all_fail(parts, until)
    eventually(lambda: parts.database.rows(_LEFT) == [(0,)], seconds=900)

    ends = parts.database.rows("SELECT id, subject, state, reason FROM messages")
    states = Counter(state for _, _, state, _ in ends)
    took = Counter(mail["subject"] for mail in parts.ses.received())
    again = sum(count - 1 for count in took.values())
    early = [answer for at, answer in sender.refused if not stopped_at <= at <= back_at]
    figure(f"{len(sender.accepted)} messages accepted while SES, Redis, PostgreSQL and a worker failed: {dict(states)}")
    figure(f"SES took {sum(took.values())} mails, {again} of them again")
    figure(f"answers other than 202: {len(sender.refused)}, of which {len(early)} while PostgreSQL was up")
    assert len(ends) == MESSAGES
    assert set(sender.accepted.values()) == {message_id for message_id, _, _, _ in ends}
    assert all(reason for _, _, state, reason in ends if state == "failed")
    assert {subject for _, subject, state, _ in ends if state == "sent"} <= set(took)
    # What the killed worker had in hand, and what the others had when PostgreSQL went away.
    assert again <= 3 * CONCURRENCY
    assert early == []
