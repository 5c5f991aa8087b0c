"""What more than one file needs: the database as the service sees it, a Redis to stop, workers as processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from support.databases import Database
from support.mail import work_on
from support.ports import free_port
from support.processes import Process, eventually
from support.redis_process import RedisProcess
from support.workers import Post, Show, StartWorker


@pytest.fixture
def connection(database: Database) -> Iterator[Connection[Any]]:
    with database.connection(database.service) as connection:
        yield connection


@pytest.fixture
def work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with work_on(database) as work:
        yield work


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def start_worker(environment: dict[str, str], ses_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Start workers, with settings of their own where asked, and end them."""
    with ExitStack() as stack:

        def start(**settings: str) -> Process:
            port = settings.pop("MAILROOM_WORKER_METRICS_PORT", str(free_port()))
            process = Process(
                ["mailroom", "worker"],
                {
                    **environment,
                    "AWS_ENDPOINT_URL": ses_url,
                    "MAILROOM_SES_REGION": "eu-central-1",
                    "MAILROOM_METRICS_HOST": "127.0.0.1",
                    "MAILROOM_WORKER_METRICS_PORT": port,
                    "MAILROOM_DELIVERY_MAX_ATTEMPTS": "3",
                    "MAILROOM_DELIVERY_BACKOFF_SECONDS": "0.05",
                    **settings,
                },
                tmp_path / f"worker-{port}.log",
            )
            stack.callback(process.end)
            eventually(lambda: process.says("the worker is ready"))
            return process

        yield start


@pytest.fixture
def post(client: FlaskClient, authorization: dict[str, str]) -> Post:
    """Post a message and return its address."""

    def post(**fields: str) -> str:
        headers = {**authorization, "X-Request-ID": fields.pop("request_id", "test")}
        body = {"to": "ann@mailroom.test", "subject": "Hello", "text": "Good day."} | fields
        answer = client.post("/api/v1/messages", json=body, headers=headers)
        assert answer.status_code == 202
        return answer.headers["Location"]

    return post


@pytest.fixture
def show(client: FlaskClient, authorization: dict[str, str]) -> Show:
    return lambda location: dict(client.get(location, headers=authorization).get_json())
