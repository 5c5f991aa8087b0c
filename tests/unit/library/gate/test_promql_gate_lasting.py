"""The module `promql_gate` waits for a figure to last where a moment alone says nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ansible.module_utils import promql_doubts
from ansible.module_utils.promql import FAIL, NO_DATA, PASS, Check, Finding

from tests.unit.library.prometheus_api import ERRORS, PrometheusApi

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.unit.library.conftest import Outcome


def test_a_check_that_must_last_fails_once_it_has_failed_for_so_long(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.5)

    outcome = gate({**ERRORS, "lasting": 0.5}, every=0.1)

    assert outcome.failed
    assert outcome.result["verdict"] == "fail"
    assert outcome.result["seconds"] >= 0.5


def test_a_check_that_must_last_and_is_well_in_time_passes(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.5)
    timer = threading.Timer(0.5, prometheus.finds, ["errors", 0])
    timer.start()

    outcome = gate({**ERRORS, "lasting": 60}, every=0.1)

    timer.join()
    assert outcome.result["verdict"] == "pass"
    assert outcome.result["seconds"] >= 0.4, "it isn't decided while it's in doubt"


def test_a_round_that_is_well_begins_the_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(promql_doubts.time, "monotonic", lambda: clock[0])
    doubts = promql_doubts.Doubts([Check("errors", "errors", lasting=30)])

    def at(seconds: float, verdict: str) -> bool:
        clock[0] = seconds
        return "errors" in doubts.about([Finding("errors", verdict)])

    assert at(0, FAIL)
    assert at(29, FAIL)
    assert not at(29.5, PASS)
    assert at(31, FAIL)
    assert at(60, FAIL)
    assert not at(61, FAIL), "it has lasted for 30 s now and isn't in doubt any more"


def test_a_round_without_data_is_none_that_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(promql_doubts.time, "monotonic", lambda: clock[0])
    doubts = promql_doubts.Doubts([Check("errors", "errors", lasting=30)])

    for clock[0], verdict in ((0.0, FAIL), (10.0, NO_DATA), (20.0, NO_DATA)):
        assert doubts.about([Finding("errors", verdict)]) == {"errors"}
    clock[0] = 31.0
    assert doubts.about([Finding("errors", FAIL)]) == set()


def test_a_series_that_is_well_again_counts_as_it_was_recently(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", {"route=/a": 0.5, "route=/b": 0.002})
    prometheus.finds("errors lately", {"route=/a": 0.003})

    outcome = gate({**ERRORS, "recently": "errors lately"})

    assert outcome.result["verdict"] == "pass"
    assert outcome.message.endswith("error ratio of 1.4.0 is 0.3 %")


def test_a_series_of_which_nothing_is_known_recently_fails_as_it_is(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", {"route=/a": 0.5, "route=/b": 0.4})
    prometheus.finds("errors lately", {"route=/a": 0.003})

    outcome = gate({**ERRORS, "recently": "errors lately"})

    assert outcome.result["verdict"] == "fail"
    assert "is 40 %, at most 1 % is allowed (worst at route=/b)" in outcome.message


def test_what_was_recently_is_asked_for_only_when_a_check_fails(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.002)

    gate({**ERRORS, "recently": "errors lately"})

    assert prometheus.asked == ["errors"]
