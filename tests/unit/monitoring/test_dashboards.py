"""Every dashboard, as Grafana will read it. The rules are those of Grafana's dashboard-linter where it has one."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from monitoring.dashboards import catalogue
from monitoring.dashboards.src.sdk import models, register_default_plugins

# Grafana's own names (packages/grafana-data, valueFormats), as far as we use them.
UNITS = {"bool_on_off", "mps", "ops", "percentunit", "reqps", "s", "short"}
COLUMNS = 24
TWO_PAGES = 44  # rows of 38 pixels on a laptop's screen of 1440 x 900, twice
DASHBOARDS = {path.stem: json.loads(text) for path, text in catalogue.render().items()}

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something: all but the headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {
        (column, row)
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    }


def test_no_two_dashboards_share_a_uid_or_a_title() -> None:
    made = catalogue.dashboards()

    assert len({dashboard.uid for dashboard in made}) == len(made)
    assert len({dashboard.title for dashboard in made}) == len(made)


@each_dashboard
def test_it_survives_a_round_trip_through_the_sdk(dashboard: dict[str, Any]) -> None:
    register_default_plugins()

    again = models.Dashboard.from_json(json.loads(json.dumps(dashboard)))

    assert catalogue.as_grafana_reads(again) == dashboard


@each_dashboard
def test_no_two_panels_share_an_id(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]

    assert len(set(ids)) == len(ids)


@each_dashboard
def test_panels_neither_overlap_nor_leave_the_grid(dashboard: dict[str, Any]) -> None:
    overlapping = [
        (one["title"], other["title"])
        for one, other in combinations(dashboard["panels"], 2)
        if cells(one) & cells(other)
    ]

    assert overlapping == []
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS for panel in dashboard["panels"])


@each_dashboard
def test_it_can_be_read_without_scrolling_past_two_pages(dashboard: dict[str, Any]) -> None:
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) <= TWO_PAGES


@each_dashboard
def test_every_panel_has_a_title_and_a_description_of_one_line(dashboard: dict[str, Any]) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert "\n" not in panel["description"]


@each_dashboard
def test_every_panel_has_a_unit_that_grafana_knows(dashboard: dict[str, Any]) -> None:
    assert {panel["fieldConfig"]["defaults"].get("unit") for panel in panels(dashboard)} <= UNITS


@each_dashboard
def test_every_series_has_a_name(dashboard: dict[str, Any]) -> None:
    for panel in panels(dashboard):
        assert all(target["legendFormat"] for target in panel["targets"])


@each_dashboard
def test_every_graph_shows_its_legend(dashboard: dict[str, Any]) -> None:
    graphs = [panel for panel in panels(dashboard) if panel["type"] == "timeseries"]

    assert all(panel["options"]["legend"]["showLegend"] for panel in graphs)


@each_dashboard
def test_it_asks_the_data_source_that_the_reader_chose(dashboard: dict[str, Any]) -> None:
    sources = {target["datasource"]["uid"] for panel in panels(dashboard) for target in panel["targets"]}

    assert sources == {"${datasource}"}


@each_dashboard
def test_every_variable_that_is_used_is_declared(dashboard: dict[str, Any]) -> None:
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = {name for expr in queries(dashboard) for name in re.findall(r"\$\{?(\w+)", expr)}

    assert "datasource" in declared
    assert {name for name in used if not name.startswith("__")} <= declared


@each_dashboard
def test_rates_are_taken_over_grafanas_rate_interval(dashboard: dict[str, Any]) -> None:
    windows = {window for expr in queries(dashboard) for window in re.findall(r"\[([^\]]+)\]", expr)}

    assert windows <= {"$__rate_interval"}


@each_dashboard
def test_releases_are_shown_on_it_where_everybody_sees_them(dashboard: dict[str, Any]) -> None:
    releases, failures = dashboard["annotations"]["list"]

    assert 'slipway_release_info{live="true"' in releases["expr"]
    assert 'slipway_release_last_timestamp_seconds{verdict="failed"' in failures["expr"]
    for annotation in (releases, failures):
        assert annotation["enable"] is True
        assert "placement" not in annotation


@each_dashboard
def test_it_links_to_its_neighbours(dashboard: dict[str, Any]) -> None:
    (link,) = dashboard["links"]

    assert set(link["tags"]) <= set(dashboard["tags"])
    assert "placement" not in link
