"""An outage as promtool reads it: for some time everything is bad, for every kind of objective."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from monitoring.slo.declared import Slo
from monitoring.slo.recipe import Pair, Severity

SECONDS = {"m": 60, "h": 3600, "d": 86400}
PER_READ = 50  # requests
# Between the outage and the end, so that only this pair can fire: the short window of the other one is clean again.
AFTERWARDS = {"1h": 0, "6h": 6 * 60, "1d": 0, "3d": 130 * 60}


def seconds(window: str) -> int:
    """Return the length of a window such as 5m."""
    return int(window[:-1]) * SECONDS[window[-1]]


@dataclass(frozen=True)
class Outage:
    """So much of a pair's long window fails altogether that its burn rate is `part` of what it may be.

    Attributes:
        severity: of the alert.
        pair: its windows.
        part: 1 is exactly the limit.
        every: seconds between two reads.
        evaluated: seconds between two evaluations of the rules.
    """

    severity: Severity
    pair: Pair
    part: float
    every: int
    evaluated: int

    @property
    def end(self) -> int:
        """Seconds of the whole story: the longest window of the severity, all of it known."""
        return seconds({"page": "6h", "ticket": "3d"}[self.severity]) + 600

    def reads(self, slo: Slo) -> int:
        """How many reads find everything bad: more than the limit where `part` is above 1, else fewer."""
        exact = self.pair.rate * float(slo.budget) * seconds(self.pair.long) * self.part / self.evaluated
        whole = math.ceil(exact) + 1 if self.part > 1 else max(math.floor(exact) - 1, 0)
        return whole * self.evaluated // self.every

    def tests(self, slos: Iterable[Slo]) -> list[dict[str, Any]]:
        """Return promtool's tests that the alert of each objective fires, or that it doesn't, as few as can be."""
        made: list[dict[str, Any]] = []
        for slo in slos:
            series, check = self._series(slo), self._check(slo)
            # Objectives that read the same series can't have their outages at once.
            room = next((test for test in made if not test["series"].keys() & series.keys()), None)
            if room is None:
                room = {"series": {}, "checks": []}
                made.append(room)
            room["series"] |= series
            room["checks"].append(check)
        return [
            {
                "name": f"{self.severity}, {self.pair.long}, {self.part:g} times what it may be",
                "interval": f"{self.every}s",
                "input_series": [{"series": name, "values": values} for name, values in test["series"].items()],
                "promql_expr_test": test["checks"],
            }
            for test in made
        ]

    def _check(self, slo: Slo) -> dict[str, Any]:
        alert = {"page": slo.kind.page, "ticket": slo.kind.ticket}[self.severity]
        fires = self.part > 1 and bool(alert) and (slo.page or self.severity == "ticket")
        return {
            "expr": f'count(ALERTS{{alertname="{alert}", slo="{slo.name}", alertstate="firing"}})',
            "eval_time": f"{self.end}s",
            "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
        }

    def _series(self, slo: Slo) -> dict[str, str]:
        bad = self.reads(slo)
        after = AFTERWARDS[self.pair.long] // self.every
        before = self.end // self.every - bad - after
        if slo.kind.timed:
            good, wrong = {"queue_age": (0.0, slo.within + 1), "reachability": (1.0, 0.0)}[slo.kind.name]
            name = {
                "queue_age": f'{slo.app.replace("-", "_")}_queue_oldest_age_seconds{{job="{slo.app}-worker"}}',
                "reachability": 'probe_success{job="probe", instance="edge-1"}',
            }[slo.kind.name]
            return {name: f"{good:g}x{before} {wrong:g}x{max(bad - 1, 0)} {good:g}x{after}"}
        return self._counters(slo, [(before, 1), (bad, 0), (after, 1)])

    def _counters(self, slo: Slo, spans: list[tuple[int, int]]) -> dict[str, str]:
        labels = f'job="{slo.app}-web", instance="app-1", route="/"'
        good = _counter([(reads, PER_READ * well) for reads, well in spans])
        bad = _counter([(reads, PER_READ * (1 - well)) for reads, well in spans])
        every = _counter([(reads, PER_READ) for reads, _ in spans])
        if slo.kind.name == "latency":
            name = "http_request_duration_seconds"
            bound = f"{float(slo.within)}"  # as prometheus_client writes it: 1.0
            return {f"{name}_count{{{labels}}}": every, f'{name}_bucket{{{labels}, le="{bound}"}}': good}
        return {
            f'http_requests_total{{{labels}, status_class="2xx"}}': good,
            f'http_requests_total{{{labels}, status_class="5xx"}}': bad,
        }


def _counter(spans: list[tuple[int, int]]) -> str:
    """Return a counter that grows by so much at each read of a span."""
    value, parts = 0, ["0"]
    for reads, growth in spans:
        if reads:
            parts.append(f"{value + growth}+{growth}x{reads - 1}")
            value += reads * growth
    return " ".join(parts)
