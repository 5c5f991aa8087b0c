"""Asking with keys and without, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mailroom.db.pool import Pool, open_pool
from mailroom.messages.acceptance import Limits
from support.databases import Database
from support.once import URL, Ask


@pytest.fixture
def ask(limited_client: Callable[[Limits], FlaskClient], authorization: dict[str, str]) -> Ask:
    """Ask with a key, or without; repeats count for ten minutes."""
    client = limited_client(Limits())

    def ask(body: dict[str, Any], key: str | None = None, url: str = URL) -> TestResponse:
        headers = authorization if key is None else {**authorization, "Idempotency-Key": key}
        return client.post(url, json=body, headers=headers)

    return ask


@pytest.fixture
def pool(database: Database) -> Iterator[Pool]:
    with open_pool(database.settings(), "test") as pool:
        yield pool
