"""Rules that record, from cheap to cheaper.

Counters are read over a minute only, every 15 s. A longer window sums up what was recorded so: two series for each
objective, instead of some hundred. The 30 days of the budget sum up what is recorded every two minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from monitoring.rulebook import duration
from monitoring.slo import indicators, recipe
from monitoring.slo.declared import Slo

Rule = dict[str, Any]
Group = dict[str, Any]
_BASE = recipe.BASE_WINDOW
_BUDGET = recipe.BUDGET_WINDOW


def groups(slos: Sequence[Slo]) -> list[Group]:
    """Return the groups that record, in the order in which one needs the other."""
    fast = [*_declared(slos), *_counted(slos), *_burn_rates(recipe.FAST_WINDOWS)]
    return [
        _group("slo", recipe.BASE_INTERVAL, fast),
        _group("slo slow", recipe.SLOW_INTERVAL, _burn_rates(recipe.SLOW_WINDOWS)),
        _group("slo budget", recipe.BUDGET_INTERVAL, _budget()),
    ]


def _group(name: str, interval: int, rules: Iterable[Rule]) -> Group:
    return {"name": name, "interval": duration(interval), "rules": list(rules)}


def _rule(record: str, expression: str, slo: Slo | None = None) -> Rule:
    rule = {"record": record, "expr": expression}
    return rule | ({"labels": {"slo": slo.name, "app": slo.app, "kind": slo.kind.name}} if slo else {})


def _declared(slos: Iterable[Slo]) -> list[Rule]:
    return [
        rule
        for slo in slos
        for rule in (
            _rule("slo:objective:ratio", f"vector({slo.objective})", slo),
            _rule("slo:budget:ratio", f"vector({slo.budget})", slo),
            _rule("slo:least_bad:events", f"vector({slo.least_bad})", slo),
        )
    ]


def _counted(slos: Sequence[Slo]) -> list[Rule]:
    rules = []
    for slo in slos:
        if slo.kind.timed:
            rules.append(_rule("slo:bad:now", indicators.bad_now(slo), slo))
        else:
            rules.append(_rule(f"slo:events:rate{_BASE}", indicators.events(slo), slo))
            rules.append(_rule(f"slo:bad_events:rate{_BASE}", indicators.bad_events(slo), slo))
    if any(slo.kind.timed for slo in slos):
        # One event a second while it is known, so that seconds are counted.
        rules.append(_rule(f"slo:events:rate{_BASE}", "0 * slo:bad:now + 1"))
        rules.append(_rule(f"slo:bad_events:rate{_BASE}", "slo:bad:now + 0"))
    return rules


def _burn_rates(windows: Iterable[str]) -> list[Rule]:
    rules = []
    for window in windows:
        bad = f"sum_over_time(slo:bad_events:rate{_BASE}[{window}])"
        every = f"sum_over_time(slo:events:rate{_BASE}[{window}])"
        rules.append(_rule(f"slo:burn_rate:{window}", f"{bad}\n/ ({every} > 0)\n/ slo:budget:ratio"))
        if window in recipe.LONG_WINDOWS:
            rules.append(_rule(f"slo:bad_events:count{window}", f"{bad} * {recipe.BASE_INTERVAL}"))
    return rules


def _budget() -> list[Rule]:
    rules = []
    for what in ("events", "bad_events"):
        window = duration(recipe.BUDGET_INTERVAL)
        sample = f"slo:{what}:increase{window}"
        rules.append(_rule(sample, f"sum_over_time(slo:{what}:rate{_BASE}[{window}]) * {recipe.BASE_INTERVAL}"))
        rules.append(_rule(f"slo:{what}:count{_BUDGET}", f"sum_over_time({sample}[{_BUDGET}])"))
    # Whom nobody asked has failed nobody: the whole budget is left.
    used = f"slo:bad_events:count{_BUDGET}\n  / clamp_min(slo:events:count{_BUDGET}, 1)\n  / slo:budget:ratio"
    rules.append(_rule(f"slo:budget_left:ratio{_BUDGET}", f"1 - (\n  {used}\n)"))
    return rules
