"""Running Locust, and what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.errors import LoadError
from tests.load.targets import lab_target

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
GRACE = 60.0  # seconds that Locust may take beside the run itself


@dataclass(frozen=True, slots=True)
class Found:
    """What a scenario showed. Times are in milliseconds, rounded as Locust does: to two digits above 100."""

    scenario: str
    users: int
    seconds: float
    requests: int
    failed: int
    times: Counter[int]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> int:
        """Return the time within which that share of the requests was answered (nearest rank)."""
        wanted, seen = share * self.times.total(), 0
        for time in sorted(self.times):
            seen += self.times[time]
            if seen >= wanted:
                return time
        raise LoadError(f"{self.scenario}: nothing was answered.")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Users of a site in the lab. `about` is the file that the locustfile reads."""

    url: str
    about: Path

    def run(self, scenario: str, users: int, seconds: int) -> Found:
        """Have so many users at work for so many seconds, after all have come. Raises LoadError."""
        lab_target(self.url)
        command = [
            *(sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), scenario, "--host", self.url),
            *("--headless", "--json", "--only-summary", "--reset-stats", "--loglevel", "ERROR"),
            *("--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s"),
        ]
        done = subprocess.run(
            command,
            env=os.environ | {"LOAD_ABOUT": str(self.about)},
            capture_output=True,
            text=True,
            timeout=seconds + GRACE,
            check=False,
        )
        # 1 says that a request failed, which is a finding.
        if done.returncode not in {0, 1}:
            raise LoadError(f"Locust ended with {done.returncode}: {done.stderr[-2000:]}")
        return found(scenario, users, json.loads(done.stdout))


def found(scenario: str, users: int, told: list[dict[str, Any]]) -> Found:
    """Return what Locust told of all addresses together."""
    if not told:
        raise LoadError(f"{scenario}: Locust made no request.")
    times: Counter[int] = Counter()
    for entry in told:
        times.update({int(time): count for time, count in entry["response_times"].items()})
    began = min(entry["start_time"] for entry in told)
    ended = max(entry["last_request_timestamp"] for entry in told)
    return Found(
        scenario,
        users,
        ended - began,
        sum(entry["num_requests"] for entry in told),
        sum(entry["num_failures"] for entry in told),
        times,
    )
