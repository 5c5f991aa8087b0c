"""A simulated SNS, and an application that takes its notices in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.config import FeedbackSettings, RedisSettings
from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.feedback.metrics import FeedbackMetrics
from mailroom.feedback.service import FeedbackService
from support.databases import Database
from support.feedback import client_with
from support.notices import SUBSCRIBE
from support.sns import (
    TOPIC,
    certificate,
)
from support.sns_server import SimulatedSns, simulated_sns


@pytest.fixture
def sns(tmp_path: Path) -> Iterator[SimulatedSns]:
    now = datetime.now(UTC)
    with simulated_sns(tmp_path) as sns:
        sns.answers["/x.pem"] = (200, certificate(begins=now - timedelta(days=1), ends=now + timedelta(days=1)))
        sns.answers[SUBSCRIBE] = (200, b"<ConfirmSubscriptionResponse/>")
        yield sns


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(
    database: Database, redis_settings: RedisSettings, sns: SimulatedSns, registry: CollectorRegistry
) -> Iterator[FlaskClient]:
    feedback = FeedbackSettings(frozenset({TOPIC}), sns.host, sns.authority)
    with client_with(feedback, database, redis_settings, registry) as client:
        yield client


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with open_pool(database.settings(), "test") as pool:
        yield units_of_work(pool, deferring_app())


@pytest.fixture
def service(unit_of_work: UnitOfWorkFactory) -> FeedbackService:
    return FeedbackService(unit_of_work, FeedbackMetrics(CollectorRegistry()))
