"""The rules of Grafana's dashboard-linter (https://github.com/grafana/dashboard-linter), as no package brings them.

Each test says which rule it is:

- template-datasource-rule, template-label-promql-rule, template-on-time-change-reload-rule
- panel-datasource-rule, panel-title-description-rule, panel-units-rule, panel-no-targets-rule
- target-promql-rule (promtool reads the queries), target-rate-interval-rule, target-counter-agg-rule
- uneditable-dashboard

Four rules are kept where they make sense: template-job-rule and target-job-rule on the dashboards about any
application; template-instance-rule and target-instance-rule on those that offer hosts. The rest of Slipway's jobs are
known by name, and a message, a release or an objective has no host. target-logql-rule and target-logql-auto-rule are
about Loki, which no dashboard here asks.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.panels import dashboards, filled, queries, shown
from tests.promql import matched, raw_counters, windows
from tests.promtool import promtool

DASHBOARDS = dashboards()
# Grafana's own names (packages/grafana-data, valueFormats), as far as we use them.
UNITS = {
    "Bps",
    "bool_on_off",
    "bytes",
    "cps",
    "currencyUSD",
    "d",
    "mps",
    "ops",
    "percentunit",
    "pps",
    "reqps",
    "s",
    "short",
}
# Of the time that is looked at: what a figure counts. Where something is drawn it is a rate interval.
WINDOWS = {"stat": {"$__rate_interval", "$__range"}, "default": {"$__rate_interval"}}
BY_APPLICATION = ("slipway-service", "slipway-gate")
# On these nothing is shown of other hosts than those that were chosen.
OF_HOSTS = ("slipway-host", "slipway-hosts", "slipway-postgresql", "slipway-watchers")
WITH_HOSTS = sorted(set(DASHBOARDS) - {"slipway-mailroom", "slipway-slo"})

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))


def variables(dashboard: dict[str, Any], kind: str = "query") -> list[dict[str, Any]]:
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == kind]


@each_dashboard
def test_template_datasource_rule(dashboard: dict[str, Any]) -> None:
    (source,) = variables(dashboard, "datasource")

    assert (source["name"], source["query"], source["label"]) == ("datasource", "prometheus", "Prometheus")


@pytest.mark.parametrize("uid", BY_APPLICATION)
def test_template_job_rule(uid: str) -> None:
    (job,) = [variable for variable in variables(DASHBOARDS[uid]) if variable["name"] == "job"]

    assert (job["multi"], job["includeAll"], job["allValue"]) == (True, True, ".+")


@each_dashboard
def test_template_instance_rule(dashboard: dict[str, Any]) -> None:
    for variable in variables(dashboard):
        several = (variable["multi"], variable["includeAll"], variable["allValue"]) if "allValue" in variable else None
        assert several == (True, True, ".+") or dashboard["uid"] == "slipway-host"


@each_dashboard
def test_template_label_promql_rule(dashboard: dict[str, Any]) -> None:
    for variable in variables(dashboard):
        assert re.fullmatch(rf"label_values\([\w:]+, {variable['name']}\)", variable["query"])
        assert variable["datasource"]["uid"] == "${datasource}"


@each_dashboard
def test_template_on_time_change_reload_rule(dashboard: dict[str, Any]) -> None:
    assert all(variable["refresh"] == 2 for variable in variables(dashboard))


@each_dashboard
def test_panel_datasource_rule(dashboard: dict[str, Any]) -> None:
    for panel in shown(dashboard):
        asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in asked)


@each_dashboard
def test_panel_title_description_rule(dashboard: dict[str, Any]) -> None:
    assert all(panel["title"] and panel["description"] for panel in shown(dashboard))


@each_dashboard
def test_panel_units_rule(dashboard: dict[str, Any]) -> None:
    assert {panel["fieldConfig"]["defaults"].get("unit") for panel in shown(dashboard)} <= UNITS


@each_dashboard
def test_panel_no_targets_rule(dashboard: dict[str, Any]) -> None:
    assert all(panel["targets"] for panel in shown(dashboard))


@each_dashboard
def test_target_promql_rule(dashboard: dict[str, Any]) -> None:
    asked = [*(one.expr for one in queries(dashboard)), *(one["expr"] for one in dashboard["annotations"]["list"])]
    rules = [{"record": f"query:{number}", "expr": filled(expr, dashboard, "a")} for number, expr in enumerate(asked)]

    code, said = promtool("check", "rules", told=yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    assert code == 0, said


@each_dashboard
def test_target_rate_interval_rule(dashboard: dict[str, Any]) -> None:
    for panel in shown(dashboard):
        allowed = WINDOWS.get(panel["type"], WINDOWS["default"])
        assert all(windows(target["expr"]) <= allowed for target in panel["targets"]), panel["title"]


@pytest.mark.parametrize("uid", BY_APPLICATION)
def test_target_job_rule(uid: str) -> None:
    asked = [one.expr for one in queries(DASHBOARDS[uid]) if "http_request" in one.expr]

    assert [expr for expr in asked if not matched(expr, "job")] == []


@pytest.mark.parametrize("uid", WITH_HOSTS)
def test_target_instance_rule(uid: str) -> None:
    dashboard = DASHBOARDS[uid]
    whole = [one.expr for one in queries(dashboard) if "$instance" in one.expr]

    assert whole == [one.expr for one in queries(dashboard)] or uid not in OF_HOSTS
    assert [expr for expr in whole if not matched(expr, "instance")] == []


@each_dashboard
def test_target_counter_agg_rule(dashboard: dict[str, Any]) -> None:
    assert {one.name: found for one in queries(dashboard) if (found := raw_counters(one.expr))} == {}


@each_dashboard
def test_uneditable_dashboard(dashboard: dict[str, Any]) -> None:
    assert dashboard["editable"] is False
