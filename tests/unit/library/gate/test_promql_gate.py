"""The module `promql_gate` lets a release go on only when Prometheus' figures say so."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.library.prometheus_api import ERRORS, PrometheusApi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome


def test_figures_within_their_limits_pass(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0.002)

    outcome = gate(ERRORS)

    assert not outcome.failed
    assert not outcome.changed
    assert outcome.result["verdict"] == "pass"
    assert outcome.message == "The gate passed after 0 s, 1 checks: error ratio of 1.4.0 is 0.2 %"


def test_a_figure_above_its_limit_fails_with_both_numbers(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.023)

    outcome = gate(ERRORS)

    assert outcome.failed
    assert outcome.result["verdict"] == "fail"
    assert outcome.message == (
        "The gate failed after 0 s, 1 of 1 checks:\n- error ratio of 1.4.0 is 2.3 %, at most 1 % is allowed"
    )


def test_a_figure_at_its_limit_passes(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0.01)

    assert gate(ERRORS).result["verdict"] == "pass"


def test_a_figure_below_its_least_fails(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("up", {"instance=app-1": 1, "instance=app-2": 0})

    outcome = gate({"name": "green answers", "query": "up", "least": 1})

    assert "green answers is 0, at least 1 is allowed (worst at instance=app-2)" in outcome.message


def test_the_worst_series_counts_and_is_named(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", {"route=/fine": 0, "route=/broken,method=POST": 1, "route=/lame": 0.02})

    outcome = gate(ERRORS)

    assert outcome.result["checks"][0]["labels"] == {"route": "/broken", "method": "POST"}
    assert "is 100 %, at most 1 % is allowed (worst at method=POST, route=/broken, and 1 more)" in outcome.message


def test_what_stands_beside_a_failing_figure_is_told_with_it(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.02)
    prometheus.finds("old errors", 0.001)

    outcome = gate({**ERRORS, "beside": {"name": "1.3.2 in blue", "query": "old errors"}})

    assert outcome.message.endswith("(1.3.2 in blue: 0.1 %)")


def test_watching_goes_on_for_its_time(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0)

    outcome = gate(ERRORS, watch=0.2)

    assert outcome.result["seconds"] >= 0.2
    assert len(prometheus.asked) > 2


def test_one_bad_round_ends_the_watch_at_once(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0, 0, 0.5, 0)

    outcome = gate(ERRORS, watch=60)

    assert outcome.failed
    assert len(prometheus.asked) == 3


def test_a_failing_probe_ends_the_gate_with_its_words(gate: Callable[..., Outcome], tmp_path: Path) -> None:
    told = tmp_path / "failed"
    told.write_text("POST /api/v1/messages answered 502\n", encoding="utf-8")

    outcome = gate(ERRORS, abort_file=str(told), patience=30)

    assert outcome.result["verdict"] == "fail"
    assert outcome.message.endswith("because the probe did:\nPOST /api/v1/messages answered 502")


def test_a_probe_that_fails_while_the_gate_waits_ends_it_before_the_next_round(
    gate: Callable[..., Outcome], prometheus: PrometheusApi, tmp_path: Path
) -> None:
    prometheus.finds("errors", 0)
    told = tmp_path / "failed"
    timer = threading.Timer(0.1, told.write_text, ["a request was lost"])
    timer.start()

    outcome = gate(ERRORS, abort_file=str(told), watch=60, every=60)

    timer.join()
    assert outcome.failed
    # A round is 60 s.
    assert outcome.result["seconds"] < 30


def test_the_moment_since_which_to_look_is_filled_in(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    enough = {"query": "$began - $since", "least": 5}

    gate({**ERRORS, "query": "errors > $since", "optional": True, "enough": enough}, since=1435781451.5)

    assert re.fullmatch(r"1[0-9]{9}[.][0-9]{3} - 1435781451[.]500", prometheus.asked[0])


def test_a_moment_that_is_still_to_come_counts_as_now(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    gate({**ERRORS, "query": "$since", "optional": True}, since=time.time() + 3600)

    assert float(prometheus.asked[0]) <= time.time()


@pytest.mark.parametrize(
    ("calm_since", "warm"), [({}, 1000.0), ({"calm_since": 900.0}, 1000.0), ({"calm_since": 1007.5}, 1007.5)]
)
def test_who_is_warm_is_told_from_the_later_of_the_lanes_and_the_last_disturbance(
    gate: Callable[..., Outcome], prometheus: PrometheusApi, calm_since: dict[str, float], warm: float
) -> None:
    gate({**ERRORS, "query": "$warm", "optional": True}, since=1000.0, warm_up=5, **calm_since)

    assert float(prometheus.asked[0]) == warm + 5


def test_check_mode_asks_once_says_the_verdict_and_never_fails(
    gate: Callable[..., Outcome], prometheus: PrometheusApi
) -> None:
    prometheus.finds("errors", 0.5)

    outcome = gate(ERRORS, check=True, watch=60)

    assert not outcome.failed
    assert outcome.result["verdict"] == "fail"
    assert len(prometheus.asked) == 1


def test_a_check_without_any_limit_is_refused(gate: Callable[..., Outcome]) -> None:
    outcome = gate({"name": "errors", "query": "errors"})

    assert "one of the following is required: most, least" in outcome.message
