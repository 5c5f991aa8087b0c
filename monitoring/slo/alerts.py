"""The alerts on burn rates, one for each kind and severity, over all objectives of an environment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from monitoring.slo import recipe
from monitoring.slo.declared import Slo
from monitoring.slo.kinds import KINDS, Kind

Rule = dict[str, Any]
_DASHBOARD = "/grafana/d/slipway-slo?var-slo={{ $labels.slo }}"
_SPEED = "{{ $labels.slo }} uses its error budget {{ $value | humanize }} times as fast as it lasts"
_FIRST: dict[str, str] = {
    "availability": (
        "Requests are answered with a 5xx. See which routes and which slot; roll a fresh release back first."
    ),
    "latency": (
        "Clients wait longer than was promised. See whether the processors, the pool or PostgreSQL is the limit; roll a"
        " fresh release back first."
    ),
    "queue_age": (
        "People wait for mail that was promised to them. See whether the worker runs and what its attempts fail with."
    ),
    "reachability": (
        "A client outside doesn't always get an answer, although the service may count no error: the edge, TLS, or all"
        " of the service comes and goes. Repeat the probe by hand."
    ),
}
_LASTS: dict[recipe.Severity, str] = {
    "page": "At this rate it is spent within five days, or sooner.",
    "ticket": "At this rate it is spent before its 30 days are over.",
}


def group(slos: Sequence[Slo]) -> dict[str, Any]:
    """Return the group of all alerts about these objectives."""
    rules = [rule for kind in KINDS.values() for rule in _of_kind(kind, [slo for slo in slos if slo.kind is kind])]
    return {"name": "slo alerts", "rules": [*rules, _spent(), _unmeasured()]}


def _of_kind(kind: Kind, slos: Sequence[Slo]) -> list[Rule]:
    waking = [slo for slo in slos if slo.page] if kind.page else []
    rules = []
    if waking:
        rules.append(_burning(kind.page, "page", kind, waking))
    if slos:
        rules.append(_burning(kind.ticket, "ticket", kind, slos))
    return rules


def _burning(name: str, severity: recipe.Severity, kind: Kind, slos: Iterable[Slo]) -> Rule:
    names = "|".join(slo.name for slo in slos)
    expression = "\nor (\n".join(f"{_pair(pair, names)}\n)" for pair in recipe.PAIRS[severity])
    return _alert(
        name, f"(\n{expression}", severity, kind.component, (_SPEED, f"{_FIRST[kind.name]} {_LASTS[severity]}")
    )


def _pair(pair: recipe.Pair, names: str) -> str:
    return (
        f'  slo:burn_rate:{pair.long}{{slo=~"{names}"}} > {pair.rate:g}\n'
        f"  and slo:burn_rate:{pair.short} > {pair.rate:g}\n"
        f"  and slo:bad_events:count{pair.long} >= slo:least_bad:events"
    )


def _spent() -> Rule:
    window = recipe.BUDGET_WINDOW
    left = f"slo:budget_left:ratio{window} <= 0\nand slo:bad_events:count{window} >= slo:least_bad:events"
    summary = "{{ $labels.slo }} has {{ $value | humanizePercentage }} of its error budget of 30 days left"
    description = (
        "More has failed than was meant to. Release what makes it fail less before all else; see what has cost most."
    )
    return _alert("ErrorBudgetSpent", left, "info", "service", (summary, description))


def _unmeasured() -> Rule:
    unknown = f"slo:objective:ratio unless slo:bad_events:rate{recipe.BASE_WINDOW}"
    summary = "{{ $labels.slo }} (objective {{ $value | humanizePercentage }}) has not been measured for an hour"
    description = (
        "Whether it is kept isn't known, and its alerts are silent. See which of its metrics is missing: a job is down,"
        " a route or a bucket was renamed, an application was not released yet."
    )
    rule = _alert("SloUnmeasured", unknown, "ticket", "monitoring", (summary, description))
    return {"alert": rule["alert"], "expr": rule["expr"], "for": "1h"} | rule


def _alert(name: str, expression: str, severity: str, component: str, texts: tuple[str, str]) -> Rule:
    summary, description = texts
    return {
        "alert": name,
        "expr": expression,
        "labels": {"severity": severity, "component": component},
        "annotations": {
            "summary": summary,
            "description": description,
            "runbook_url": f"docs/runbooks/{name}.md",
            "dashboard": _DASHBOARD,
        },
    }
