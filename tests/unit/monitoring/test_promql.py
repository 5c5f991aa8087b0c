"""What the tests of dashboards make out in a query, on queries of which it is known."""

from __future__ import annotations

import pytest

from tests.promql import matched, metrics, raw_counters, windows

QUANTILE = 'histogram_quantile(0.95, sum by (job, le) (rate(a_bucket{job=~"$job", path!~"/b/{c}"}[$__rate_interval])))'


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("a", {"a"}),
        ("slo:burn_rate:1h > bool 0", {"slo:burn_rate:1h"}),
        (QUANTILE, {"a_bucket"}),
        ("sum by (x) (a) / on (y) group_left (z) (b > 0)", {"a", "b"}),
        ("time() - max(a offset 1m) * 3.6e3 * $price or vector(0)", {"a"}),
        ('up{job="b"} and on (instance) c unless d', {"up", "c", "d"}),
    ],
)
def test_the_metrics_of_a_query_are_told_from_its_functions_labels_and_numbers(expr: str, names: set[str]) -> None:
    assert metrics(expr) == names


def test_the_windows_of_a_query_are_told_from_brackets_in_texts() -> None:
    assert windows('rate(a{b=~"[c]"}[$__range]) + avg_over_time(d[5m])') == {"$__range", "5m"}


@pytest.mark.parametrize(
    ("expr", "counters"),
    [
        ("rate(a_total[1m])", set()),
        ('sum(increase(a_total{b="c"}[1m]))', set()),
        ('sum by (d) (a_total{b="c"})', {"a_total"}),
        ("max_over_time(a_total[1m])", {"a_total"}),
        ("rate(a_total[1m]) / b_total", {"b_total"}),
    ],
)
def test_a_counter_that_is_read_as_it_is_is_found(expr: str, counters: set[str]) -> None:
    assert raw_counters(expr) == counters


def test_a_series_without_a_matcher_of_the_label_is_found() -> None:
    assert matched('a{job=~"b"} / c{job="d", e="f"}', "job")
    assert not matched('a{job=~"b"} / c{notjob="d"}', "job")
