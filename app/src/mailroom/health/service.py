"""What is checked before a process says that it can serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How well a part works. Degraded: Mailroom goes on without it."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `reason` is for people, and says nothing of hosts, users or secrets."""

    name: str
    status: Status
    reason: str | None = None


class HealthService:
    """Runs all checks; the worst of them is the answer."""

    def __init__(self, checks: Sequence[Callable[[], Check]]) -> None:
        self._checks = checks

    def ready(self) -> tuple[Status, list[Check]]:
        """Return the overall status and each check's."""
        found = [check() for check in self._checks]
        seen = {check.status for check in found}
        overall = next((status for status in (Status.FAILED, Status.DEGRADED) if status in seen), Status.OK)
        return overall, found
