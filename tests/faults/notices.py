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


def names(told: list[Notice]) -> list[str]:
    """Return what was told, each once."""
    return sorted({f"{one.alert} {one.status}" for one in told})


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

    def wait(self, alert: str, labels: dict[str, str], limit: float) -> Notice:
        """Wait until an alert is told that has these labels; return its first notice.

        Raises:
            AssertionError: it wasn't within the limit (seconds); it says what was.
        """
        until = time.monotonic() + limit
        while True:
            told = self.since()
            for one in told:
                if (one.alert, one.status) == (alert, "firing") and one.labels.items() >= labels.items():
                    return one
            assert time.monotonic() < until, f"{alert} was not told within {limit:.0f} s, but {names(told)}"
            time.sleep(0.2)

    def wait_for_end(self, alert: str, limit: float) -> float:
        """Wait until the newest notice of each alert of a name says that it is over; return how many seconds it took.

        An older one may be about a fault before this one.

        Raises:
            AssertionError: it wasn't within the limit (seconds); it says what was told.
        """
        began = time.monotonic()
        while True:
            told = self.since()
            newest = {tuple(sorted(one.labels.items())): one.status for one in told if one.alert == alert}
            if set(newest.values()) == {"resolved"}:
                return time.monotonic() - began
            late = f"{alert} was not told to be over within {limit:.0f} s, but {names(told)}"
            assert time.monotonic() < began + limit, late
            time.sleep(0.2)

    def _all(self) -> list[object]:
        return list(self.receiver.ask("/alerts").body)
