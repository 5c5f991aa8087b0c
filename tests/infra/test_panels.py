"""Every panel's query, its variables filled in, asked of the lab's Prometheus after traffic and a release."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.infra.api import PROMETHEUS, asked, samples
from tests.infra.exposed import known, listed
from tests.panels import QUIET, RANGE_SECONDS, Asked, dashboards, filled, queries
from tests.promql import metrics

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]

DASHBOARDS = dashboards()
# Messages are counted every minute, and what was counted is told every minute; the budget is worked out every two.
PATIENCE_SECONDS = 180

lab_only = pytest.mark.skipif(
    not os.environ.get("SLIPWAY_LAB"), reason="an environment at rest had no release in its last hour"
)


def returns_data(host: Host, expr: str) -> bool:
    """Tell whether a query, as a graph of the last hour asks it, returns a number anywhere."""
    found = samples(host, f"max_over_time(({expr})[{RANGE_SECONDS}s:15s])")
    return any(sample["value"][1] != "NaN" for sample in found)


def without_data(host: Host, wanted: list[Asked], one: str) -> list[Asked]:
    """Return the queries that return nothing."""
    return [query for query in wanted if not returns_data(host, filled(query.expr, DASHBOARDS[query.dashboard], one))]


@lab_only
@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_panel_has_data_or_is_known_to_wait_for_a_fault(host: Host, uid: str) -> None:
    one = min(sample["metric"]["instance"] for sample in samples(host, 'up{job="node"} == 1'))
    missing = [query for query in queries(DASHBOARDS[uid]) if (uid, query.name) not in QUIET]
    patience = time.monotonic() + PATIENCE_SECONDS
    while missing := without_data(host, missing, one):
        if time.monotonic() > patience:
            break
        time.sleep(5)

    assert [query.name for query in missing] == []


@lab_only
@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_variable_offers_something(host: Host, uid: str) -> None:
    for variable in DASHBOARDS[uid]["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = variable["query"].removeprefix("label_values(").removesuffix(")").split(", ")
            # curl would take brackets for a range.
            found = asked(host, f"{PROMETHEUS}/api/v1/label/{label}/values?match%5B%5D={quote(metric)}")
            assert found["data"], variable["query"]


@lab_only
def test_every_metric_that_a_dashboard_asks_for_is_exposed_here_or_by_a_fault(host: Host) -> None:
    here = known(host)
    wanted = {
        name
        for uid, dashboard in DASHBOARDS.items()
        for query in queries(dashboard)
        if (uid, query.name) not in QUIET
        for name in metrics(query.expr)
        if ":" not in name
    }

    assert wanted - here == set()
    assert wanted - listed() == set()
