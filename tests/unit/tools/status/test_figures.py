"""What Prometheus tells for the screen of `make status`."""

from __future__ import annotations

from typing import Any

import pytest

from tools.ask import Answers
from tools.paint import CODES, Paint
from tools.status.figures import Figures, Sample, alerts_of, figures_of, show_figures


def vector(*samples: tuple[dict[str, str], str]) -> dict[str, Any]:
    """Return what the uri module keeps of an instant query's answer."""
    return {"json": {"status": "success", "data": {"result": [{"metric": m, "value": [1.0, v]} for m, v in samples]}}}


def alerts(*names: str) -> dict[str, Any]:
    return {"json": {"data": {"alerts": [{"state": "firing", "labels": {"alertname": name}} for name in names]}}}


def line(name: str, figures: Figures, *apps: str, paint: Paint | None = None) -> str:
    """Return one line of the figures, without its name."""
    said = dict(one.split(":", 1) for one in show_figures(figures, apps, paint or Paint()))
    return said[name].strip()


def budgets(*values: float) -> Figures:
    return {"budget": [Sample({"slo": f"s{number}", "app": "mailroom"}, one) for number, one in enumerate(values)]}


def test_samples_are_sorted_by_what_they_are() -> None:
    told = vector(
        ({"figure": "host", "instance": "b"}, "1"),
        ({"figure": "budget", "slo": "x"}, "0.5"),
        ({"figure": "host", "instance": "a"}, "0"),
    )
    found = figures_of(Answers([{"mon": told}]))

    assert found is not None
    assert [one.labels["instance"] for one in found["host"]] == ["a", "b"]
    assert found["budget"][0].value == 0.5


def test_without_a_prometheus_that_answers_there_are_no_figures_and_no_word_on_alerts() -> None:
    assert figures_of(Answers([{"app-1": {"slots": 1}}])) is None
    assert alerts_of(Answers([{"app-1": {"slots": 1}}])) is None


def test_two_monitoring_hosts_tell_the_same_only_once() -> None:
    told = vector(({"figure": "host", "instance": "a"}, "1"))
    answers = Answers([{"mon-1": alerts("A"), "mon-2": alerts("A", "B")}, {"mon-1": told, "mon-2": told}])

    assert [one["labels"]["alertname"] for one in alerts_of(answers) or []] == ["A", "B"]
    assert [len(samples) for samples in (figures_of(answers) or {}).values()] == [1]


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, "100 %"), (0.999, "99 %"), (0.07, "7 %"), (0.0, "0 %"), (-0.014, "-2 %"), (float("nan"), "unknown")],
)
def test_a_budget_is_told_in_percent_and_never_as_more_than_is_left(value: float, said: str) -> None:
    assert line("Budget left", budgets(value), "mailroom") == f"s0 {said}"


def test_budgets_of_applications_that_are_not_shown_are_left_out() -> None:
    assert line("Budget left", budgets(1.0), "guestbook") == "no objective is measured"
    assert line("Budget left", budgets(1.0, 0.5)) == "s0 100 %, s1 50 %"


@pytest.mark.parametrize(("days", "said"), [(63.9, "63 days"), (1.2, "1 day"), (0.5, "0 days"), (-0.1, "expired")])
def test_a_certificates_days_are_whole_ones(days: float, said: str) -> None:
    assert line("Certificate", {"certificate": [Sample({"instance": "edge-1"}, days)]}) == f"edge-1 {said}"


def test_a_backup_is_told_with_its_name_and_age() -> None:
    named = {"instance": "db-1", "backup": "mailroom"}

    assert line("Last backup", {"backup": [Sample(named, 7200.0)]}) == "db-1 mailroom 2 h 0 min ago"


def test_a_backup_that_was_never_made_is_told_so_and_where_none_is_expected_that() -> None:
    assert (
        line("Last backup", {"backup": [Sample({"instance": "db-1", "backup": "x"}, float("inf"))]}) == "db-1 x never"
    )
    assert line("Last backup", {}) == "none is expected"


@pytest.mark.parametrize(
    ("name", "figures", "colour"),
    [
        ("Budget left", budgets(0.26), "green"),
        ("Budget left", budgets(0.25), "yellow"),
        ("Budget left", budgets(0.0), "red"),
        ("Budget left", budgets(float("nan")), "red"),
        ("Certificate", {"certificate": [Sample({}, 22.0)]}, "green"),
        ("Certificate", {"certificate": [Sample({}, 21.0)]}, "yellow"),
        ("Certificate", {"certificate": [Sample({}, 3.0)]}, "red"),
        ("Last backup", {"backup": [Sample({}, 86400.0)]}, "green"),
        ("Last backup", {"backup": [Sample({}, 100000.0)]}, "yellow"),
        ("Last backup", {"backup": [Sample({}, 200000.0)]}, "red"),
        ("Last backup", {"backup": [Sample({}, float("inf"))]}, "red"),
        ("Last backup", {}, "yellow"),
        ("Hosts", {"host": [Sample({}, 1.0)]}, "green"),
        ("Hosts", {"host": [Sample({}, 0.0)]}, "red"),
    ],
)
def test_what_is_wrong_is_seen_by_its_colour(name: str, figures: Figures, colour: str) -> None:
    assert f"\x1b[{CODES[colour]}m" in line(name, figures, paint=Paint(on=True))
