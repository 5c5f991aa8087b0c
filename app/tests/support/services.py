"""The services of the web application over fakes."""

from __future__ import annotations

from typing import Any

from mailroom.accounts.logins import LoginService
from mailroom.accounts.users import UserService
from mailroom.feedback.intake import ClosedIntake
from mailroom.health.service import HealthService
from mailroom.keys.service import KeyService
from mailroom.messages.service import MessageService
from mailroom.metrics import WebMetrics
from mailroom.statistics.service import StatisticsService
from mailroom.suppressions.service import SuppressionService
from mailroom.suppressions.unsubscribing import UnsubscribeService
from mailroom.templates.rendering import Renderer
from mailroom.templates.service import TemplateService
from mailroom.wiring.services import Services
from support.accounts import FakePasswords
from support.fake_storage import FakeStorage


def services_over(storage: FakeStorage, metrics: WebMetrics, **others: Any) -> Services:  # noqa: ANN401 - as it is named
    """Return services over fakes, with these others in the place of what they are named after."""
    work = storage.unit_of_work
    made: dict[str, Any] = {
        "messages": MessageService(work, "noreply@mailroom.test", metrics.accepted.inc),
        "templates": TemplateService(work, Renderer()),
        "keys": KeyService(work),
        "users": UserService(work, FakePasswords()),
        "logins": LoginService(work, FakePasswords(), None, seconds=3600, on_outcome=metrics.login),
        "health": HealthService([]),
        "notices": ClosedIntake(),
        "suppressions": SuppressionService(work, lambda _: None),
        "unsubscribing": UnsubscribeService(work, (), lambda _: None),
        "statistics": StatisticsService(work),
        "metrics": metrics,
        "pool_statistics": dict,
    }
    return Services(**made | others)
