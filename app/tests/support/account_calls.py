"""Logging in over HTTP, as the tests of accounts do."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from mailroom.access.permissions import Permission
from mailroom.config import AccountSettings, SigningKey
from support.accounts import PASSWORD

AUTH, USERS, KEYS = "/api/v1/auth", "/api/v1/users", "/api/v1/keys"


ALL = frozenset(Permission)


SIGNING = AccountSettings((SigningKey("1", "s" * 32),))


def log_in(client: FlaskClient, email: str = "admin@example.com", password: str = PASSWORD) -> dict[str, Any]:
    answer = client.post(f"{AUTH}/token", json={"grant": "password", "email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def renew(client: FlaskClient, token: str) -> int:
    return client.post(f"{AUTH}/token", json={"grant": "refresh", "refresh_token": token}).status_code


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
