"""Counting: percentiles within their precision, and what is kept stays small."""

from collections.abc import Callable
from typing import Any

import pytest

from roles.probe.files.probe.tally import MOST_FAILURES, MOST_VERSIONS, Result, Tally
from roles.probe.files.probe.wish import Wish


@pytest.fixture
def tally(asked: Callable[..., dict[str, Any]]) -> Tally:
    return Tally(Wish.of(asked(id="2026/1.4.0 of somebody")))


def count(tally: Tally, outcome: str = "ok", *, ms: float = 1.0, release: str = "1.4.0") -> None:
    tally.add(Result("GET /", tally.sending(0), False, outcome, "why", release, ms / 1000))  # noqa: FBT003


def test_percentiles_are_exact_to_two_percent(tally: Tally) -> None:
    for ms in range(1, 1001):
        count(tally, ms=ms)
    state = tally.state()

    assert [state["p50_ms"], state["p95_ms"], state["p99_ms"]] == pytest.approx([500, 950, 990], rel=0.02)
    assert state["slowest_ms"] == 1000


def test_without_an_answer_there_is_no_latency(tally: Tally) -> None:
    count(tally, "timeout", ms=3000)
    state = tally.state()

    assert (state["p50_ms"], state["slowest_ms"], state["answered"], state["failed"]) == (None, None, 0, 1)


def test_requests_under_way_are_neither_answered_nor_failed(tally: Tally) -> None:
    tally.sending(1)
    state = tally.state()

    assert (state["sent"], state["in_flight"], state["answered"], state["failed"]) == (1, 1, 0, 0)


def test_request_ids_are_such_as_nginx_and_the_service_accept(tally: Tally) -> None:
    assert tally.sending(17) == "probe-2026-1-4-0-of-somebody-17"


def test_only_the_first_failures_and_some_versions_are_kept(tally: Tally) -> None:
    for number in range(100):
        count(tally, "wrong status", release=f"1.{number}.0")
    state = tally.state()

    assert (len(state["failures"]), state["failed"]) == (MOST_FAILURES, 100)
    assert len(state["versions"]) == MOST_VERSIONS + 1
    assert state["versions"]["others"] == 100 - MOST_VERSIONS


def test_the_first_failure_is_news_and_the_second_is_not(tally: Tally) -> None:
    told: list[int] = []
    tally.on_news = lambda: told.append(tally.failed)
    for outcome in ("ok", "wrong body", "ok", "wrong body"):
        count(tally, outcome)

    assert told == [0, 1, 1]
