"""GET /health/ready with real parts that are there, away, or not as they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from mailroom.config import DatabaseSettings, RedisSettings
from mailroom.db.migrate import migrate
from mailroom.db.schema import migrations_directory, shipped_migrations
from support.databases import Database
from support.ports import free_port
from support.processes import eventually

MakeApp = Callable[[DatabaseSettings, RedisSettings], Flask]


def ready(app: Flask) -> tuple[int, dict[str, dict[str, str]], str]:
    answer = app.test_client().get("/health/ready")
    body = answer.get_json()
    assert body["release"] == answer.headers["X-Release"]
    return answer.status_code, body["checks"], body["status"]


def test_it_is_ready_when_everything_answers(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings
) -> None:
    app = make_app(database.settings(), redis_settings)

    eventually(lambda: ready(app) == (200, {"database": {"status": "ok"}, "redis": {"status": "ok"}}, "ok"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda it: replace(it, password="wrong"), "the database refused the password"),
        (lambda it: replace(it, name="nowhere"), "the database or the role does not exist"),
        (lambda it: replace(it, host="/nonexistent"), "the database isn't listening"),
        (lambda it: replace(it, host="127.0.0.1", port=free_port()), "the database refuses connections"),
    ],
)
def test_it_says_why_the_database_cannot_be_used(
    make_app: MakeApp,
    database: Database,
    redis_settings: RedisSettings,
    change: Callable[[DatabaseSettings], DatabaseSettings],
    reason: str,
) -> None:
    settings = change(database.settings())

    status, checks, overall = ready(make_app(settings, redis_settings))

    assert (status, overall) == (503, "failed")
    assert checks["database"] == {"status": "failed", "reason": reason}


def test_it_is_not_ready_without_a_schema(
    make_app: MakeApp, empty_database: Database, redis_settings: RedisSettings
) -> None:
    status, checks, _ = ready(make_app(empty_database.settings(), redis_settings))

    assert status == 503
    assert checks["database"]["reason"] == "the schema is missing: run mailroom migrate"


def test_it_is_not_ready_on_a_schema_that_a_newer_release_contracted(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings
) -> None:
    shipped = len(shipped_migrations(migrations_directory()))
    database.rows(
        "INSERT INTO schema_migrations (version, name, checksum, release) VALUES (%s, %s, '', '9.0')",
        shipped + 1,
        f"{shipped + 1:04d}_drop.contract.sql",
    )

    status, checks, _ = ready(make_app(database.settings(), redis_settings))

    assert status == 503
    assert checks["database"]["reason"] == (
        f"the schema was contracted up to version {shipped + 1}, this release knows it up to {shipped} and may need "
        "what was removed: release a newer version"
    )


def test_it_is_not_ready_with_a_schema_older_than_it_needs(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailroom.health.checks.REQUIRED_SCHEMA_VERSION", 99)

    status, checks, _ = ready(make_app(database.settings(), redis_settings))

    assert status == 503
    ((version,),) = database.rows("SELECT max(version) FROM schema_migrations")
    assert checks["database"]["reason"] == (
        f"the schema has version {version}, this release needs 99: run mailroom migrate"
    )


def test_it_stays_ready_with_a_schema_newer_than_it_needs(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings
) -> None:
    database.rows("INSERT INTO schema_migrations (version, name, checksum, release) VALUES (99, 'x', 'x', 'x')")

    app = make_app(database.settings(), redis_settings)

    eventually(lambda: ready(app)[0] == 200)


def test_it_becomes_ready_when_the_schema_arrives(
    make_app: MakeApp, empty_database: Database, redis_settings: RedisSettings
) -> None:
    app = make_app(empty_database.settings(), redis_settings)
    before = ready(app)[0]

    migrate(empty_database.migration_settings(), shipped_migrations(migrations_directory()))

    assert before == 503
    eventually(lambda: ready(app)[0] == 200)


@pytest.mark.parametrize(("away", "reason"), [(True, "redis can't be reached"), (False, "redis refused the password")])
def test_without_redis_it_is_degraded_and_still_ready(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings, *, away: bool, reason: str
) -> None:
    settings = replace(redis_settings, port=free_port()) if away else replace(redis_settings, password="wrong")

    app = make_app(database.settings(), settings)
    expected = {"database": {"status": "ok"}, "redis": {"status": "degraded", "reason": reason}}

    eventually(lambda: ready(app) == (200, expected, "degraded"))


def test_a_storage_that_is_away_is_a_503_that_says_when_to_come_back(
    make_app: MakeApp, database: Database, redis_settings: RedisSettings, authorization: dict[str, str]
) -> None:
    refused = replace(database.settings(), password="wrong", checkout_timeout=1.0)
    client = make_app(refused, redis_settings).test_client()

    answer = client.get("/api/v1/messages/00000000-0000-7000-8000-000000000000", headers=authorization)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.get_json()["type"] == "urn:mailroom:problem:storage-unavailable"
