"""An application with logins, and its first admin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.access.permissions import Role
from mailroom.accounts.entities import NewUser, User
from mailroom.accounts.passwords import Passwords
from mailroom.accounts.users import UserService
from mailroom.app import create_app
from mailroom.config import RedisSettings, WebSettings
from mailroom.db.once import units_of_work_for
from mailroom.db.unit_of_work import UnitOfWorkFactory
from support.account_calls import ALL, SIGNING
from support.accounts import PASSWORD
from support.databases import Database


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with units_of_work_for(database.settings(), "test") as unit_of_work:
        yield unit_of_work


@pytest.fixture
def admin(unit_of_work: UnitOfWorkFactory) -> User:
    new = NewUser("admin@example.com", "Admin", Role.ADMIN, PASSWORD)
    # Dated at once, so that the first login gives it a hash of today's parameters.
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return UserService(unit_of_work, cheap).create(new, ALL)


@pytest.fixture
def app(database: Database, redis_settings: RedisSettings) -> Iterator[Flask]:
    settings = WebSettings(database.settings(), redis_settings, "noreply@mailroom.test", 65536, accounts=SIGNING)
    app = create_app(settings, CollectorRegistry())
    with ExitStack() as stack:
        stack.callback(app.extensions["mailroom.close"])
        yield app


@pytest.fixture
def client(app: Flask, admin: User) -> FlaskClient:
    assert admin.active
    return app.test_client()
