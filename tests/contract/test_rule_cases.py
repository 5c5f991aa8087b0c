"""Every rule was seen in each of its cases by promtool: a test says by its name whose case it is, and which.

`X fires …` or, for a recorded series, `X tells …`; `X stays quiet …`, just below; `X survives a counter reset …` where
its expression asks for a counter's growth; `X survives a missing series …` where it asks for a series at all.

Rules of objectives are many with one name, made by one program: for them each case was seen of each kind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract.promtool_cases import (
    Case,
    asked_and_not_loaded,
    cases,
    counters_of,
    metrics_of,
    of_objectives,
    rules,
    values_of,
)
from tests.contract.tree import matching

RULES = rules()
CASES = cases()
ALERTS = [name for name, rule in RULES.items() if "alert" in rule]
ASKING = [name for name, rule in RULES.items() if metrics_of(rule["expr"], RULES)]
OF_OBJECTIVES = of_objectives()
BURNING = sorted({rule["alert"] for rule in OF_OBJECTIVES if "alert" in rule})
MEASURING = [rule["expr"] for rule in OF_OBJECTIVES if rule.get("record") in {"slo:events:rate1m", "slo:bad:now"}]
COUNTING = [name for name, rule in RULES.items() if counters_of(rule["expr"], RULES)]


def called(rule: str, kind: str) -> list[Case]:
    """Return the tests that say that they are of this rule and kind."""
    return [case for case in CASES if case.name.startswith(f"{rule} {kind}")]


def expression(rule: str) -> str:
    return str(RULES[rule]["expr"])


@pytest.mark.parametrize("rule", RULES)
def test_it_fires_or_tells(rule: str) -> None:
    seen = called(rule, "fires" if rule in ALERTS else "tells")

    assert [case.name for case in seen if case.asks(rule, finds=True)]


@pytest.mark.parametrize("alert", [name for name in ALERTS if name in ASKING])
def test_it_stays_quiet_for_the_values_and_not_for_want_of_series(alert: str) -> None:
    quiet = [case for case in called(alert, "stays quiet") if case.asks(alert, finds=False)]
    wanted = metrics_of(expression(alert), RULES)
    needed = min((case.metrics & wanted for case in called(alert, "fires")), key=len)

    assert needed
    assert [case.name for case in quiet if needed <= case.metrics]


@pytest.mark.parametrize("rule", COUNTING)
def test_it_survives_a_counter_reset(rule: str) -> None:
    seen = called(rule, "survives a counter reset")
    counters = counters_of(expression(rule), RULES)

    assert [case.name for case in seen if case.falls(counters) and _asked(case, rule)]


@pytest.mark.parametrize("rule", ASKING)
def test_it_survives_a_missing_series(rule: str) -> None:
    seen = called(rule, "survives a missing series")
    wanted = metrics_of(expression(rule), RULES)

    assert [case.name for case in seen if (case.holes() or wanted - case.metrics) and _asked(case, rule)]


@pytest.mark.parametrize("alert", BURNING)
def test_an_alert_on_an_objective_fires_in_one_test_and_not_in_another(alert: str) -> None:
    assert [case.name for case in CASES if case.asks(alert, finds=True)]
    assert [case.name for case in CASES if case.asks(alert, finds=False)]


@pytest.mark.parametrize("counter", sorted({name for expr in MEASURING for name in counters_of(expr, RULES)}))
def test_a_counter_of_an_objective_starts_anew_in_a_test_of_an_alert(counter: str) -> None:
    seen = [case for case in CASES if case.falls({counter})]

    assert [case.name for case in seen for alert in BURNING if case.asks(alert, finds=False)]


@pytest.mark.parametrize(
    "series", sorted({name for expr in MEASURING for name in metrics_of(expr, RULES) if not name.startswith("slo:")})
)
def test_an_objective_without_its_series_is_seen_to_be_unmeasured(series: str) -> None:
    seen = [case for case in CASES if case.asks("SloUnmeasured", finds=True)]

    assert [case.name for case in seen if series not in case.metrics]


def test_what_asks_for_no_series_is_the_watchdog_alone() -> None:
    assert set(RULES) - set(ASKING) == {"Watchdog"}


@pytest.mark.parametrize(
    "path", [path for path in matching("monitoring/tests/*.yml") if "slo" not in path.name], ids=str
)
def test_a_file_of_tests_loads_every_rule_that_it_asks_for(path: Path) -> None:
    assert asked_and_not_loaded(path, RULES) == set()


def test_no_two_tests_have_one_name() -> None:
    names = [case.name for case in CASES]

    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize(
    ("promql", "wanted"),
    [
        ('sum by (job) (rate(a_total{x="b_total"}[5m])) / on (c) group_left (d) (e > 3)', {"a_total", "e"}),
        ('(count(up{job=~"x|y"} == 1) or vector(0)) < 1 unless on (instance) now offset 15m', {"up", "now"}),
        ("job:kept:rate > 1", {"kept_total"}),
        ("vector(1)", set()),
    ],
)
def test_the_series_of_an_expression_are_found(promql: str, wanted: set[str]) -> None:
    known: dict[str, dict[str, Any]] = {"job:kept:rate": {"record": "job:kept:rate", "expr": "rate(kept_total[5m])"}}

    assert metrics_of(promql, known) == wanted


def test_only_what_may_start_anew_is_a_counter() -> None:
    promql = "increase(a_total[5m]) - rate( b_total {x='y'}[1m]) > c"

    assert counters_of(promql, {}) == {"a_total", "b_total"}


def test_values_are_read_as_promtool_writes_them() -> None:
    assert values_of("1x2 0+5x2 9-4x1 _ _x2 stale -3") == (1, 1, 1, 0, 5, 10, 9, 5, None, None, None, None, -3)


@pytest.mark.parametrize(("values", "falls"), [("0+1x3 _ 0+1x3", True), ("0+1x3 _ 3x3", False)])
def test_a_reset_is_a_value_below_the_last_that_was_there(values: str, falls: bool) -> None:  # noqa: FBT001
    case = Case("", (("a_total", values_of(values)),), ())

    assert case.falls({"a_total"}) is falls
    assert not case.falls({"b_total"})


def _asked(case: Case, rule: str) -> bool:
    return case.asks(rule, finds=True) or case.asks(rule, finds=False)
