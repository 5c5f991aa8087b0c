"""What dashboards ask for is there: metrics that hosts expose, series that rules record, pages that tell of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.tree import ROOT, matching
from tests.infra.exposed import FILE, listed
from tests.panels import QUIET, dashboards, queries
from tests.promql import metrics
from tools.role_specs import read_yaml

DASHBOARDS = dashboards()
RECORDED = {
    rule["record"]
    for path in matching("monitoring/rules/**/*.yml")
    for group in read_yaml(ROOT / path)["groups"]
    for rule in group["rules"]
    if "record" in rule
}
PAGE = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))


def asked_for(dashboard: dict[str, Any]) -> set[str]:
    """Return the names of all series that a dashboard asks for: in panels, annotations and variables."""
    exprs = [query.expr for query in queries(dashboard)]
    exprs += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    variables = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return {name for expr in exprs for name in metrics(expr)} | {re.split(r"[(,]", query)[1] for query in variables}


@each_dashboard
def test_every_metric_that_it_asks_for_is_exposed(dashboard: dict[str, Any]) -> None:
    assert {name for name in asked_for(dashboard) if ":" not in name} - listed() == set()


@each_dashboard
def test_every_series_that_it_asks_for_by_a_recorded_name_is_recorded(dashboard: dict[str, Any]) -> None:
    assert {name for name in asked_for(dashboard) if ":" in name} - RECORDED == set()


def test_the_list_of_exposed_metrics_is_as_it_is_written() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()

    assert lines == sorted(set(lines))
    assert [name for name in lines if not re.fullmatch(r"[a-zA-Z_]\w*", name)] == []


def test_every_query_that_may_return_nothing_is_there_and_has_its_reason() -> None:
    assert set(QUIET) <= {(uid, query.name) for uid, dashboard in DASHBOARDS.items() for query in queries(dashboard)}
    assert all(len(reason) > 20 for reason in QUIET.values())


@each_dashboard
def test_the_page_about_dashboards_tells_of_it_in_a_sentence(dashboard: dict[str, Any]) -> None:
    row = rf"^\| {re.escape(dashboard['title'])} \| `{dashboard['uid']}` \| [^|]{{40,}}[.] \|$"

    assert re.search(row, PAGE, re.MULTILINE)


def test_the_page_tells_of_no_other() -> None:
    assert set(re.findall(r"^\| [^|]+ \| `([\w-]+)` \|", PAGE, re.MULTILINE)) == set(DASHBOARDS)
