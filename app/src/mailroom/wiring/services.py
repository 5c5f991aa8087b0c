"""All services of the web application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from mailroom.access.authentication import Authentication, Authenticator
from mailroom.accounts.logins import LoginService
from mailroom.accounts.passwords import Passwords
from mailroom.accounts.users import UserService
from mailroom.config import WebSettings
from mailroom.db.pool import Pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.feedback.intake import Intake
from mailroom.feedback.metrics import FeedbackMetrics
from mailroom.health.checks import database_check, redis_check
from mailroom.health.service import HealthService
from mailroom.keys.authenticator import KeyAuthenticator
from mailroom.keys.service import KeyService
from mailroom.messages.service import MessageService
from mailroom.metrics import WebMetrics
from mailroom.ratelimits.metrics import LimitMetrics
from mailroom.ratelimits.service import Limiter
from mailroom.redis_client import redis_client
from mailroom.statistics.service import StatisticsService
from mailroom.suppressions.service import SuppressionService
from mailroom.suppressions.unsubscribing import UnsubscribeService
from mailroom.templates.rendering import Renderer
from mailroom.templates.service import TemplateService
from mailroom.wiring.accounts import make_logins, make_outsiders
from mailroom.wiring.feedback import make_intake, make_unsubscribing
from mailroom.wiring.limits import make_limiter

_HEALTH_PATIENCE = 0.5  # seconds: a check of health may take its time
_HEALTH_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Services:
    """All that requests are answered with.

    Attributes:
        authenticators: who are asked for the caller before the one of API keys.
        keys_remembered: for so many seconds a key is let in again without asking for it.
        limiter: without it nobody is counted.
        close: ends what runs beside the requests.

    """

    messages: MessageService
    templates: TemplateService
    keys: KeyService
    users: UserService
    logins: LoginService
    health: HealthService
    notices: Intake
    suppressions: SuppressionService
    unsubscribing: UnsubscribeService
    statistics: StatisticsService
    metrics: WebMetrics
    pool_statistics: Callable[[], dict[str, int]]
    authenticators: Sequence[Authenticator] = ()
    keys_remembered: float = 0.0
    limiter: Limiter | None = None
    close: Callable[[], None] = lambda: None

    def authentication(self) -> Authentication:
        """Return what knows callers by their credentials."""
        return Authentication([*self.authenticators, KeyAuthenticator(self.keys, self.keys_remembered)])


def make_services(settings: WebSettings, pool: Pool, registry: CollectorRegistry) -> Services:
    """Wire PostgreSQL, Redis and metrics into services. The pool stays the caller's."""
    metrics, feedback_metrics = WebMetrics(registry), FeedbackMetrics(registry)
    unit_of_work = units_of_work(pool, deferring_app())
    renderer, passwords = Renderer(), Passwords()
    logins, known_users = make_logins(settings.accounts, unit_of_work, passwords, metrics)
    limiter, close = make_limiter(settings.limits, settings.redis, LimitMetrics(registry))
    health_redis = redis_client(settings.redis, _HEALTH_PATIENCE, _HEALTH_CONNECTIONS)
    return Services(
        messages=MessageService(unit_of_work, settings.sender, metrics.accepted.inc, settings.messages, renderer),
        templates=TemplateService(unit_of_work, renderer),
        keys=KeyService(unit_of_work),
        users=UserService(unit_of_work, passwords),
        logins=logins,
        health=HealthService([database_check(pool, settings.database), redis_check(health_redis)]),
        notices=make_intake(settings.feedback, unit_of_work, feedback_metrics),
        suppressions=SuppressionService(unit_of_work, feedback_metrics.suppressed),
        unsubscribing=make_unsubscribing(settings.feedback.unsubscribe_keys, unit_of_work, feedback_metrics),
        statistics=StatisticsService(unit_of_work),
        metrics=metrics,
        pool_statistics=pool.get_stats,
        authenticators=[*known_users, *make_outsiders(settings.oidc)],
        keys_remembered=settings.keys_remembered,
        limiter=limiter,
        close=close,
    )
