"""The service with users over fakes, and logging in there."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from mailroom.access.permissions import Permission, Role
from mailroom.accounts.authenticator import UserAuthenticator
from mailroom.accounts.entities import NewUser
from mailroom.accounts.logins import LoginService
from mailroom.accounts.tokens import ISSUER, SignedTokens
from mailroom.accounts.users import UserService
from mailroom.app import assemble
from mailroom.config import SigningKey
from mailroom.metrics import WebMetrics
from support.accounts import PASSWORD, FakePasswords
from support.fake_storage import FakeStorage
from support.services import services_over

AUTH, USERS, KEYS = "/api/v1/auth", "/api/v1/users", "/api/v1/keys"


ANN = {"email": "ann@example.com", "name": "Ann", "role": "admin", "password": PASSWORD}


LOGIN = {"grant": "password", "email": "ann@example.com", "password": PASSWORD}


NOBODY = 2**63


def an_app(registry: CollectorRegistry, **others: object) -> Flask:
    """Return the service with a user of each role, and these services in the place of those they are named after."""
    storage, metrics = FakeStorage(), WebMetrics(registry)
    passwords, tokens = FakePasswords(), SignedTokens([SigningKey("1", "s" * 32)], 600)
    logins = LoginService(storage.unit_of_work, passwords, tokens, seconds=3600, on_outcome=metrics.login)
    users = UserService(storage.unit_of_work, passwords)
    for role in Role:
        users.create(NewUser(f"{role}@example.com", role, role, PASSWORD), frozenset(Permission))
    known = [UserAuthenticator(logins, ISSUER)]
    return assemble(services_over(storage, metrics, users=users, logins=logins, authenticators=known, **others), 10_000)


def login(client: FlaskClient, role: str = "admin") -> dict[str, Any]:
    answer = client.post(f"{AUTH}/token", json={**LOGIN, "email": f"{role}@example.com"})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def bearer(client: FlaskClient, role: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {login(client, role)['access_token']}"}


def problem(answer: TestResponse) -> tuple[int, str, str]:
    body = json.loads(answer.data)
    return answer.status_code, body["type"].removeprefix("urn:mailroom:problem:"), body["detail"]
