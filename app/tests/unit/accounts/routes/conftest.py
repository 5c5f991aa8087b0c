"""The service with users over fakes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from support.account_routes import an_app


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(registry: CollectorRegistry) -> Flask:
    return an_app(registry)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
