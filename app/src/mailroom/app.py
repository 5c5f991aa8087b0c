"""The web application: services (mailroom.wiring) behind routes, and what every request passes on its way to them."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Blueprint, Flask
from prometheus_client import REGISTRY, CollectorRegistry

from mailroom.accounts.routes import auth_routes
from mailroom.accounts.user_routes import user_routes
from mailroom.config import EdgeSettings, WebSettings
from mailroom.db.pool import open_pool
from mailroom.feedback.routes import notice_routes
from mailroom.health.routes import health_routes
from mailroom.keys.routes import key_routes
from mailroom.messages.routes import message_routes
from mailroom.openapi.routes import documentation_routes
from mailroom.statistics.routes import statistics_routes
from mailroom.suppressions.routes import suppression_routes
from mailroom.suppressions.unsubscribe_routes import unsubscribe_routes
from mailroom.templates.routes import template_routes
from mailroom.tracing.tracer import NoTracer, Tracer, open_tracer
from mailroom.web.addresses import trust_proxies
from mailroom.web.cors import allow_origins
from mailroom.web.edges import check_host, limit_sizes, protect_answers
from mailroom.web.guard import guard_requests
from mailroom.web.ids import IdConverter
from mailroom.web.limits import RequestLimits, tell_of_limits
from mailroom.web.observation import observe_requests
from mailroom.web.problems import register_problems
from mailroom.web.tracing import trace_requests
from mailroom.wiring.services import Services, make_services


def create_app(settings: WebSettings, registry: CollectorRegistry = REGISTRY) -> Flask:
    """Return the application as it is configured. Opens the pool: call it after the fork."""
    closing = ExitStack()
    tracer = open_tracer(settings.tracing, "web")
    closing.callback(tracer.close)
    pool = open_pool(settings.database, "web", tracer)
    closing.callback(pool.close)
    services = make_services(settings, pool, registry)
    closing.callback(services.close)
    app = assemble(services, settings.max_body_bytes, settings.edges, tracer, docs=settings.docs)
    # For whoever ends the application before the process.
    app.extensions["mailroom.close"] = closing.close
    return app


def assemble(
    services: Services,
    max_body_bytes: int,
    edges: EdgeSettings | None = None,
    tracer: Tracer | None = None,
    *,
    docs: bool = True,
) -> Flask:
    """Return the application that answers with these services, and shows its documentation unless told not to."""
    app = Flask("mailroom", static_folder=None)
    # `//` is no other way to write `/`: it would be answered by a redirect that no operation is declared with.
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = IdConverter
    edges = edges or EdgeSettings()
    limits = RequestLimits(services.limiter) if services.limiter else None
    register_problems(app)
    for routes in (*_routes(services, limits), *([documentation_routes()] if docs else [])):
        app.register_blueprint(routes)
    trust_proxies(app, edges.trusted_proxies)
    # In this order they are asked; what they add to an answer is added the other way round.
    observe_requests(app, services.metrics, services.pool_statistics)
    trace_requests(app, tracer or NoTracer())
    protect_answers(app)
    allow_origins(app, edges.cors_origins)
    tell_of_limits(app)
    check_host(app, edges.hosts)
    limit_sizes(app, max_body_bytes)
    guard_requests(app, services.authentication(), limits)
    return app


def _routes(services: Services, limits: RequestLimits | None) -> tuple[Blueprint, ...]:
    return (
        message_routes(services.messages),
        template_routes(services.templates),
        suppression_routes(services.suppressions),
        statistics_routes(services.statistics),
        auth_routes(services.logins, limits),
        user_routes(services.users),
        key_routes(services.keys),
        notice_routes(services.notices),
        unsubscribe_routes(services.unsubscribing),
        health_routes(services.health),
    )
