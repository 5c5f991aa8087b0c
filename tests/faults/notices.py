"""What Alertmanager tells: read from the webhook's receiver, one alert at a time, with the moment it was first seen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tools.site import Client


@dataclass(frozen=True)
class Notice:
    """One alert in one notice: `firing` or `resolved`, its labels, and when it began, as Alertmanager writes it."""

    status: str
    labels: dict[str, str]
    since: str

    @property
    def alert(self) -> str:
        """The alert's name."""
        return self.labels["alertname"]


@dataclass
class Notices:
    """The notices of one environment since a moment.

    Attributes:
        receiver: a client of the webhook's receiver.
        environment: whose notices are meant; the receiver has those of others too.
    """

    receiver: Client
    environment: str
    _skipped: int = field(default=0, init=False)

    def forget(self) -> None:
        """Begin anew: what was told until now counts no more."""
        self._skipped = len(self._all())

    def since(self) -> list[Notice]:
        """Return what was told since `forget`, in order."""
        return [
            Notice(one["status"], one["labels"], one["startsAt"])
            for told in self._all()[self._skipped :]
            if isinstance(told, dict)
            for one in told.get("alerts", [])
            if one["labels"].get("environment") == self.environment
        ]

    def wait(self, alert: str, status: str, limit: float, labels: dict[str, str] | None = None) -> tuple[Notice, float]:
        """Wait for a notice of an alert; return it, and how many seconds that took.

        Raises:
            AssertionError: it didn't come within the limit (seconds); it says what came instead.
        """
        began = time.monotonic()
        while True:
            told = self.since()
            for one in told:
                if (one.alert, one.status) == (alert, status) and one.labels.items() >= (labels or {}).items():
                    return one, time.monotonic() - began
            names = sorted({f"{one.alert} {one.status}" for one in told})
            assert time.monotonic() < began + limit, f"no notice of {alert} {status} within {limit:.0f} s, but {names}"
            time.sleep(0.2)

    def _all(self) -> list[object]:
        return list(self.receiver.ask("/alerts").body)
