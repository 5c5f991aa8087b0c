"""The module `promql_gate` compares what it finds with something else, series by series."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.prometheus_api import PrometheusApi

SLOWER = {
    "name": "p95 of 1.4.0 in parts of that of 1.3.2",
    "query": "new",
    "most": 1.5,
    "optional": True,
    "against": {"query": "old", "difference": 0.025, "name": "p95 of 1.3.2", "unit": "s"},
}


def test_a_figure_fails_by_how_many_times_the_other_it_is(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("new", 0.1)
    prometheus.finds("old", 0.04)

    outcome = gate(SLOWER)

    assert outcome.result["verdict"] == "fail"
    assert "- p95 of 1.4.0 in parts of that of 1.3.2 is 2.5, at most 1.5 is allowed" in outcome.message
    assert "(p95 of 1.3.2: 0.04 s)" in outcome.message


def test_what_differs_too_little_to_be_felt_passes_however_many_times_it_is(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("new", 0.009)
    prometheus.finds("old", 0.003)

    assert gate(SLOWER).result["verdict"] == "pass"


def test_each_series_is_compared_with_its_like(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("new", {"route=/a": 0.1, "route=/b": 0.2})
    prometheus.finds("old", {"route=/a": 0.09, "route=/b": 0.05})

    outcome = gate(SLOWER)

    assert "is 4, at most 1.5 is allowed (worst at route=/b;" in outcome.message


def test_a_series_without_its_like_is_no_data(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("new", {"route=/new": 2})
    prometheus.finds("old", {"route=/a": 0.01})

    assert gate(SLOWER).result["verdict"] == "pass"
    assert gate({**SLOWER, "optional": False}).result["verdict"] == "no_data"


def test_what_it_is_compared_with_is_asked_for_once(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("new", 0.1)
    prometheus.finds("old", 0.09)

    gate(SLOWER, watch=0.3, every=0.1)

    assert prometheus.asked.count("old") == 1
    assert prometheus.asked.count("new") > 1


def test_two_checks_that_ask_the_same_ask_it_once_a_round(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("new", 0.1)
    prometheus.finds("old", 0.09)

    gate(SLOWER, {"name": "p95 of 1.4.0", "query": "new", "most": 0.5})

    assert prometheus.asked.count("new") == 1
