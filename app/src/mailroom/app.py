"""The web application. `create_app` is the only place that knows all parts and puts them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from prometheus_client import REGISTRY, CollectorRegistry

from mailroom.config import WebSettings
from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.health.checks import database_check, redis_check, redis_client
from mailroom.health.routes import health_routes
from mailroom.health.service import HealthService
from mailroom.keys.guard import bearer_guard
from mailroom.keys.service import KeyService
from mailroom.messages.routes import message_routes
from mailroom.messages.service import MessageService
from mailroom.metrics import WebMetrics
from mailroom.observation import observe_requests
from mailroom.problems import register_problems


@dataclass(frozen=True, slots=True)
class Services:
    """All that requests are answered with."""

    messages: MessageService
    keys: KeyService
    health: HealthService
    metrics: WebMetrics
    pool_statistics: Callable[[], dict[str, int]]


def create_app(settings: WebSettings, registry: CollectorRegistry = REGISTRY) -> Flask:
    """Wire PostgreSQL, Redis and metrics into an application. Opens the pool: call it after the fork."""
    pool = open_pool(settings.database, "web")
    metrics = WebMetrics(registry)
    unit_of_work = units_of_work(pool, deferring_app())
    services = Services(
        messages=MessageService(unit_of_work, settings.sender, metrics.accepted.inc),
        keys=KeyService(unit_of_work),
        health=HealthService([database_check(pool, settings.database), redis_check(redis_client(settings.redis))]),
        metrics=metrics,
        pool_statistics=pool.get_stats,
    )
    app = assemble(services, settings.max_body_bytes)
    # For whoever ends the application before the process.
    app.extensions["mailroom.close"] = pool.close
    return app


def assemble(services: Services, max_body_bytes: int) -> Flask:
    """Return the application that answers with these services."""
    app = Flask("mailroom", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    register_problems(app)
    app.register_blueprint(message_routes(services.messages, bearer_guard(services.keys)))
    app.register_blueprint(health_routes(services.health))
    observe_requests(app, services.metrics, services.pool_statistics)
    return app
