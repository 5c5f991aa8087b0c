"""What became of the requests, counted; an hour of them takes no more memory than a minute."""

import math
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .judge import ANSWERED, OK
from .wire import ENDINGS
from .wish import Wish

PRECISION = 1.02  # two latencies nearer to each other than this ratio are counted as one
SHORTEST = 0.01  # ms
MOST_FAILURES = 10
MOST_VERSIONS = 20
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Result:
    """How one request ended; `seconds` is from when it was due. `release` is "" when the answer named none."""

    name: str
    request_id: str
    fresh: bool
    outcome: str
    detail: str
    release: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed, for a person to read; `at` is in seconds since the epoch."""

    at: float
    request: str
    outcome: str
    detail: str
    release: str
    request_id: str
    ms: float

    def __str__(self) -> str:
        """Return one line."""
        when = time.strftime("%H:%M:%S", time.gmtime(self.at))
        by = f", by {self.release}" if self.release else ""
        return f"{self.request} at {when} UTC{by}: {self.outcome}: {self.detail} ({self.request_id}, {self.ms:.0f} ms)"


class Tally:
    """Counts. `on_news` is called when somebody may be waiting for it: the first answers, the first failure."""

    def __init__(self, wish: Wish) -> None:
        """Begin at 0."""
        self._wish = wish
        self._prefix = "probe-" + re.sub(r"[^A-Za-z0-9_-]", "-", wish.id)[-40:]
        self._began = time.time()
        self._sent = 0
        self._outcomes: Counter[str] = Counter()
        self._versions: Counter[str] = Counter()
        self._ended_by_name: Counter[str] = Counter({request.name: 0 for request in wish.requests})
        self._failed_by_name: Counter[str] = Counter()
        self._latencies: Counter[int] = Counter()
        self._slowest = 0.0
        self._latest = 0.0
        self._first = len(wish.requests) * (1 + (0 < wish.fresh < 1))
        self.connections = 0
        self.endings: Counter[str] = Counter(dict.fromkeys(ENDINGS, 0))
        self.failures: list[Failure] = []
        self.on_news: Callable[[], None] = lambda: None

    @property
    def answered(self) -> int:
        """Requests with a whole answer, right or wrong."""
        return sum(self._outcomes[outcome] for outcome in ANSWERED)

    @property
    def failed(self) -> int:
        """Requests without a right answer in time."""
        return sum(self._outcomes.values()) - self._outcomes[OK]

    def sending(self, number: int) -> str:
        """Count a request that is sent now; return its id, by which it is found in the access log."""
        self._sent += 1
        return f"{self._prefix}-{number}"

    def late(self, seconds: float) -> None:
        """Note by how much the probe itself was late; more than some ms means that its host is too busy."""
        self._latest = max(self._latest, seconds)

    def add(self, result: Result) -> None:
        """Count how a request ended."""
        self._outcomes[result.outcome] += 1
        self._ended_by_name[result.name] += 1
        ms = result.seconds * 1000
        if result.outcome in ANSWERED:
            known = result.release in self._versions or len(self._versions) < MOST_VERSIONS
            self._versions[result.release if known else OTHERS] += 1
            self._latencies[int(math.log(max(ms, SHORTEST) / SHORTEST, PRECISION))] += 1
            self._slowest = max(self._slowest, ms)
        if result.outcome != OK:
            self._failed_by_name[result.name] += 1
            if len(self.failures) < MOST_FAILURES:
                how = f"{result.name} ({'fresh' if result.fresh else 'kept'} connection)"
                self.failures.append(
                    Failure(time.time(), how, result.outcome, result.detail, result.release, result.request_id, ms)
                )
        if self.failed == 1 or sum(self._outcomes.values()) == self._first:
            self.on_news()

    def percentile(self, percent: float) -> float | None:
        """Return the latency in ms that so many percent of the answers don't exceed, None without an answer."""
        left = math.ceil(self._latencies.total() * percent / 100)
        for bucket in sorted(self._latencies):
            left -= self._latencies[bucket]
            if left <= 0:
                return min(round(SHORTEST * PRECISION ** (bucket + 1), 2), round(self._slowest, 2))
        return None

    def state(self) -> dict[str, Any]:
        """Return all of it, fit for JSON."""
        ended = sum(self._outcomes.values())
        return {
            "app": self._wish.app,
            "id": self._wish.id,
            "began": self._began,
            "updated": time.time(),
            "begun": ended >= self._first,
            "rate": self._wish.rate,
            "sent": self._sent,
            "answered": self.answered,
            "failed": self.failed,
            "in_flight": self._sent - ended,
            "slowest_ms": round(self._slowest, 2) if self._latencies else None,
            **{f"p{percent}_ms": self.percentile(percent) for percent in (50, 95, 99)},
            "late_ms": round(self._latest * 1000, 2),
            "versions": dict(self._versions),
            "outcomes": dict(self._outcomes),
            "requests": {
                name: {"ended": count, "failed": self._failed_by_name[name]}
                for name, count in self._ended_by_name.items()
            },
            "connections": {"opened": self.connections, **self.endings},
            "failures": [{**asdict(failure), "text": str(failure)} for failure in self.failures],
        }
