"""The module `promql_gate` waits for a figure to last where a moment alone says nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.unit.library.prometheus_api import ERRORS, PrometheusApi

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_a_round_that_is_well_begins_the_time_anew(gate: Callable[..., Outcome], prometheus: PrometheusApi) -> None:
    prometheus.finds("errors", 0.5)
    timers = [threading.Timer(at, prometheus.finds, ["errors", value]) for at, value in ((0.5, 0), (1, 0.5), (1.5, 0))]
    for timer in timers:
        timer.start()

    outcome = gate({**ERRORS, "lasting": 0.9}, watch=2, every=0.05)

    for timer in timers:
        timer.join()
    assert outcome.result["verdict"] == "pass"
