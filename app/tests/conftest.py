"""Fixtures: real servers, one set a run; a fresh database a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.access.permissions import Permission
from mailroom.app import create_app
from mailroom.config import DatabaseSettings, RedisSettings, WebSettings
from mailroom.keys.ensure import ensure_key
from mailroom.messages.acceptance import Limits
from mailroom.redis_client import redis_client
from support.databases import Cluster, Database
from support.environment import environment_for
from support.servers import Server, postgresql, redis_server, simulated_aws
from support.ses import Gate, SimulatedSes, gate_before

# A slow machine is no defect.
hypothesis.settings.register_profile("mailroom", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("mailroom")

# Most tests send the same mail over and over.
LIMITS = Limits(repeat_window=0)
API_KEY = "test-key-0123456789-0123456789-0123456789"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ended = [report for report in terminalreporter.getreports("") if report.when == "teardown"]
    figures = [value for report in ended for name, value in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(str(line))


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Have a line printed at the end of the run: what was measured."""
    return lambda text: record_property("figure", text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"integration", "conformance"} & set(item.path.parts):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL of MAILROOM_TEST_DATABASE_URL (a role that may make roles and databases), else a throw-away one."""
    with ExitStack() as stack:
        url = os.environ.get("MAILROOM_TEST_DATABASE_URL")
        server = Server.from_url(url, 5432) if url else stack.enter_context(postgresql())
        yield stack.enter_context(Cluster(server).ready())


@pytest.fixture(scope="session")
def redis_at() -> Iterator[Server]:
    """Redis of MAILROOM_TEST_REDIS_URL, else a throw-away one."""
    url = os.environ.get("MAILROOM_TEST_REDIS_URL")
    if url:
        yield Server.from_url(url, 6379)
        return
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def aws() -> Iterator[SimulatedSes]:
    with simulated_aws() as port:
        yield SimulatedSes(port)


@pytest.fixture
def ses(aws: SimulatedSes) -> SimulatedSes:
    aws.reset()
    return aws


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def ses_url(ses: SimulatedSes, gate: Gate) -> Iterator[str]:
    with gate_before(ses, gate) as url:
        yield url


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    with cluster.database() as database:
        ensure_key(database.settings(), "tests", API_KEY)
        yield database


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[Database]:
    with cluster.database(migrated=False) as database:
        yield database


@pytest.fixture
def redis_settings(redis_at: Server) -> RedisSettings:
    settings = RedisSettings(redis_at.host, redis_at.port, redis_at.user or "default", redis_at.password)
    # What one test counted must not limit the next.
    with redis_client(settings, 5, 1) as client:
        if counts := client.keys("mailroom:limits:*"):
            client.delete(*counts)
    return settings


MakeApp = Callable[[DatabaseSettings, RedisSettings], Flask]


@pytest.fixture
def make_app() -> Iterator[MakeApp]:
    """Make applications that are closed in the end."""
    with ExitStack() as stack:

        def make(database: DatabaseSettings, redis: RedisSettings) -> Flask:
            app = create_app(
                WebSettings(database, redis, "noreply@mailroom.test", 64 * 1024, messages=LIMITS), CollectorRegistry()
            )
            stack.callback(app.extensions["mailroom.close"])
            return app

        yield make


LimitedClient = Callable[[Limits], FlaskClient]


@pytest.fixture
def limited_client(database: Database, redis_settings: RedisSettings) -> Iterator[LimitedClient]:
    """Make clients of applications with other limits on messages."""
    with ExitStack() as stack:

        def make(limits: Limits) -> FlaskClient:
            settings = WebSettings(
                database.settings(), redis_settings, "noreply@mailroom.test", 64 * 1024, messages=limits
            )
            app = create_app(settings, CollectorRegistry())
            stack.callback(app.extensions["mailroom.close"])
            return app.test_client()

        yield make


@pytest.fixture
def client(make_app: MakeApp, database: Database, redis_settings: RedisSettings) -> FlaskClient:
    return make_app(database.settings(), redis_settings).test_client()


@pytest.fixture
def authorization() -> dict[str, str]:
    return {"Authorization": f"Bearer {API_KEY}"}


@pytest.fixture
def allowed_all(database: Database) -> None:
    """Let the tests' key do everything."""
    database.rows("UPDATE api_keys SET scopes = %s", [permission.value for permission in Permission])


@pytest.fixture
def environment(database: Database, redis_settings: RedisSettings, tmp_path: Path) -> dict[str, str]:
    """Return the environment of Mailroom's processes, with its secrets in files."""
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o700)
    return environment_for(database, redis_settings, credentials, API_KEY)
