"""Two releases at one queue: jobs of a format that a worker can't read wait for one that can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from mailroom.delivery.queue import TASK, ProcrastinateQueue, deferring_app
from mailroom.ids import new_message_id
from mailroom.messages.entities import Message, State
from mailroom.messages.repository import MessageRepository
from support.databases import Database
from support.ports import free_port
from support.processes import Process, eventually
from support.ses import Gate

StartWorker = Callable[[str], Process]
Post = Callable[[int], UUID]

# A release that reads other formats than this one: nothing else about it is different.
OTHER_RELEASE = """
import sys
import mailroom.delivery.formats as formats
formats.READS = {reads}
from mailroom.cli import main
sys.exit(main(["worker"]))
"""


@pytest.fixture
def start_worker(environment: dict[str, str], ses_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Start the worker of a release that reads these formats, such as "(1,)", and end it."""
    with ExitStack() as stack:

        def start(reads: str) -> Process:
            port = str(free_port())
            settings = {
                "AWS_ENDPOINT_URL": ses_url,
                "MAILROOM_SES_REGION": "eu-central-1",
                "MAILROOM_METRICS_HOST": "127.0.0.1",
                "MAILROOM_WORKER_METRICS_PORT": port,
            }
            command = ["python", "-c", OTHER_RELEASE.format(reads=reads)]
            process = Process(command, environment | settings, tmp_path / f"worker-{port}.log")
            stack.callback(process.end)
            eventually(lambda: process.says("the worker is ready"))
            return process

        yield start


@pytest.fixture
def post(database: Database) -> Post:
    """Store and queue a message as a release does that writes a format; return its id."""
    ((api_key_id,),) = database.rows("SELECT id FROM api_keys")

    def post(writes: int) -> UUID:
        now = datetime.now(UTC)
        message = Message(
            id=new_message_id(),
            api_key_id=api_key_id,
            caller=f"key:{api_key_id}",
            request_id="test",
            sender="noreply@mailroom.test",
            recipient="ann@mailroom.test",
            subject="Hello",
            text="Good day.",
            html=None,
            state=State.QUEUED,
            created_at=now,
            updated_at=now,
        )
        with database.connection(database.service) as connection, connection.transaction():
            MessageRepository(connection).add(message)
            ProcrastinateQueue(deferring_app(), connection, writes).put(message.id, message.request_id)
        return message.id

    return post


def state(database: Database, message: UUID) -> str:
    ((found,),) = database.rows("SELECT state FROM messages WHERE id = %s", message)
    return str(found)


def jobs(database: Database) -> list[tuple[str, str]]:
    rows = database.rows("SELECT queue_name, status FROM procrastinate_jobs WHERE queue_name LIKE 'delivery%'")
    return [(queue, status) for queue, status in rows]


def test_the_new_release_delivers_what_the_old_one_queued_and_its_own(
    start_worker: StartWorker, post: Post, database: Database
) -> None:
    old, new = post(1), post(2)

    start_worker("(1, 2)")

    eventually(lambda: {state(database, old), state(database, new)} == {"sent"})
    eventually(lambda: jobs(database) == [])


def test_what_the_old_release_cannot_read_waits_untouched_while_it_delivers_the_rest(
    start_worker: StartWorker, post: Post, database: Database, gate: Gate
) -> None:
    start_worker("(1,)")
    unreadable, readable = post(2), post(1)

    eventually(lambda: state(database, readable) == "sent")

    assert state(database, unreadable) == "queued"
    assert jobs(database) == [("delivery.2", "todo")]
    assert gate.calls == 1


def test_what_waited_is_delivered_as_soon_as_a_worker_comes_that_can_read_it(
    start_worker: StartWorker, post: Post, database: Database, gate: Gate
) -> None:
    start_worker("(1,)")
    waiting = post(2)

    start_worker("(1, 2)")

    eventually(lambda: state(database, waiting) == "sent")
    assert gate.calls == 1


def test_after_a_flip_back_the_old_release_delivers_what_the_new_one_queued(
    start_worker: StartWorker, post: Post, database: Database
) -> None:
    new = start_worker("(1, 2)")
    new.end()
    queued = post(1)

    start_worker("(1,)")

    eventually(lambda: state(database, queued) == "sent")


def test_both_releases_may_work_at_the_same_time_and_nothing_is_sent_twice(
    start_worker: StartWorker, post: Post, database: Database, gate: Gate
) -> None:
    start_worker("(1,)")
    start_worker("(1, 2)")

    messages = [post(1 + number % 2) for number in range(10)]

    eventually(lambda: {state(database, message) for message in messages} == {"sent"})
    assert gate.calls == 10


def test_a_job_in_a_queue_that_is_not_its_formats_is_put_there_and_never_failed(
    start_worker: StartWorker, post: Post, database: Database
) -> None:
    worker = start_worker("(1, 2)")
    with database.connection(database.service) as connection:
        task = deferring_app().configure_task(TASK, queue="delivery", connection=connection)
        task.defer(format=7, what="nobody knows yet")

    eventually(lambda: worker.says("a job waits for a worker that can read it"))

    eventually(lambda: jobs(database) == [("delivery.7", "todo")])
    after = post(1)
    eventually(lambda: state(database, after) == "sent")
