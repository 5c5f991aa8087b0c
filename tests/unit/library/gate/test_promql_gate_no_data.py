"""The module `promql_gate` where figures are missing, too few, or Prometheus doesn't answer: no data never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.library.prometheus_api import ERRORS, PrometheusApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome


def test_no_data_fails_after_its_time_and_says_what_to_look_at(gate: Callable[..., Outcome]) -> None:
    outcome = gate(ERRORS)

    assert outcome.failed
    assert outcome.result["verdict"] == "no_data"
    assert outcome.result["seconds"] >= 0.1
    assert "no data never passes:\n- no series answers its query\nSee on the monitoring host" in outcome.message


def test_a_figure_that_is_no_number_is_no_data(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", "NaN")

    assert gate(ERRORS).result["verdict"] == "no_data"


def test_data_that_comes_in_time_decides(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", None, None, 0)

    assert gate(ERRORS, patience=30).result["verdict"] == "pass"


def test_a_figure_counts_only_when_enough_is_behind_it(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 1, 0)
    prometheus.finds("requests", 1, 30)

    outcome = gate({**ERRORS, "enough": {"query": "requests", "least": 20}}, patience=30)

    assert outcome.failed
    assert prometheus.asked == ["requests", "requests", "errors"]


def test_too_little_behind_a_figure_is_no_data_and_counted(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("requests", 3)

    outcome = gate({**ERRORS, "enough": {"query": "requests", "least": 20, "unit": "requests"}})

    assert "it has 3 of the 20 requests that it needs" in outcome.message


def test_an_optional_check_without_data_passes(gate: Callable[..., Outcome]) -> None:
    outcome = gate({**ERRORS, "optional": True})

    assert outcome.result["verdict"] == "pass"
    assert outcome.message == "The gate passed after 0 s, 1 checks: none had data"


def test_an_optional_check_with_bad_data_fails(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0.5)

    assert gate({**ERRORS, "optional": True}).failed


def test_data_that_is_missing_for_less_than_the_patience_is_forgiven(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0, None, 0)

    assert gate(ERRORS, watch=0.1, patience=30).result["verdict"] == "pass"


def test_a_prometheus_that_goes_away_is_no_data(gate: Callable[..., Outcome]) -> None:
    with PrometheusApi() as gone:
        pass

    outcome = gate(ERRORS, url=gone.url)

    assert outcome.result["verdict"] == "no_data"
    assert f"Prometheus at {gone.url} doesn't answer: [Errno 111] Connection refused" in outcome.message


def test_a_prometheus_that_starts_is_waited_for(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.refuses("errors", 503, "starting up")

    outcome = gate(ERRORS)

    assert outcome.result["verdict"] == "no_data"
    assert "answered 503: starting up" in outcome.message


def test_an_error_of_prometheus_lets_no_optional_check_pass(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.refuses("errors", 422, "many-to-many matching not allowed")

    assert gate({**ERRORS, "optional": True}).result["verdict"] == "no_data"


def test_a_query_that_cannot_be_read_is_not_tried_again(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.refuses("errors", 400, "parse error: unclosed left parenthesis")

    outcome = gate(ERRORS, patience=30)

    assert outcome.failed
    assert len(prometheus.asked) == 1
    assert "error ratio of 1.4.0: Prometheus can't read the query: parse error: unclosed left" in outcome.message


def test_check_mode_without_data_says_so_at_once(gate: Callable[..., Outcome]) -> None:
    outcome = gate(ERRORS, check=True, patience=60)

    assert outcome.result["verdict"] == "no_data"
    assert not outcome.failed
