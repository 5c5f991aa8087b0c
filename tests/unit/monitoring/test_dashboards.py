"""Every dashboard, as Grafana will read it: what the house asks of it. What Grafana's linter asks has its own file."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from monitoring.dashboards import catalogue
from monitoring.dashboards.src.sdk import models, register_default_plugins
from tests.panels import shown

COLUMNS = 24
TWO_PAGES = 44  # rows of 38 pixels on a laptop's screen of 1440 x 900, twice
NARROWEST = {"stat": 3, "timeseries": 6, "state-timeline": 6, "bargauge": 6}
DASHBOARDS = {path.stem: json.loads(text) for path, text in catalogue.render().items()}
# The full list; each stands for one question that somebody comes with.
WANTED = {
    "slipway-edge",
    "slipway-gate",
    "slipway-host",
    "slipway-hosts",
    "slipway-mailroom",
    "slipway-overview",
    "slipway-postgresql",
    "slipway-redis",
    "slipway-releases",
    "slipway-service",
    "slipway-slo",
    "slipway-watchers",
}

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {
        (column, row)
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    }


def written(dashboard: dict[str, Any]) -> str:
    """Return all of a dashboard but the variables' declarations, as text."""
    return json.dumps({**dashboard, "templating": None})


def test_they_are_those_that_are_wanted() -> None:
    assert set(DASHBOARDS) == WANTED


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
def test_it_says_what_it_is_for(dashboard: dict[str, Any]) -> None:
    assert dashboard["description"].endswith(".")


@each_dashboard
def test_no_two_panels_share_an_id(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]

    assert len(set(ids)) == len(ids)


@each_dashboard
def test_no_two_panels_under_one_heading_share_a_title(dashboard: dict[str, Any]) -> None:
    heading, seen = "", set()
    for panel in dashboard["panels"]:
        heading = panel["title"] if panel["type"] == "row" else heading
        assert (heading, panel["type"], panel["title"]) not in seen
        seen.add((heading, panel["type"], panel["title"]))


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
def test_no_place_is_left_empty(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)

    assert len(set().union(*(cells(panel) for panel in panels))) == rows * COLUMNS


@each_dashboard
def test_it_can_be_read_without_scrolling_past_two_pages(dashboard: dict[str, Any]) -> None:
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) <= TWO_PAGES


@each_dashboard
def test_no_panel_is_too_narrow_for_a_laptop(dashboard: dict[str, Any]) -> None:
    narrow = [panel["title"] for panel in shown(dashboard) if panel["gridPos"]["w"] < NARROWEST[panel["type"]]]

    assert narrow == []


@each_dashboard
def test_every_description_is_of_one_line(dashboard: dict[str, Any]) -> None:
    for panel in shown(dashboard):
        assert panel["description"].endswith(".")
        assert "\n" not in panel["description"]


@each_dashboard
def test_every_series_has_a_name_that_tells_it_from_the_others_of_its_panel(dashboard: dict[str, Any]) -> None:
    for panel in shown(dashboard):
        names = [target["legendFormat"] for target in panel["targets"]]
        assert all(name and name != "__auto" for name in names)
        assert len(set(names)) == len(names)


@each_dashboard
def test_what_a_name_is_made_of_is_left_by_the_query(dashboard: dict[str, Any]) -> None:
    """A sum by some labels has no others: the legend would show nothing in their place."""
    for panel in shown(dashboard):
        for target in panel["targets"]:
            kept = re.findall(r"^(?:\w+ )by \(([^)]*)\)", target["expr"])
            names = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert names <= set(kept[0].split(", ") if kept else names), panel["title"]


@each_dashboard
def test_every_graph_shows_its_legend(dashboard: dict[str, Any]) -> None:
    graphs = [panel for panel in shown(dashboard) if panel["type"] == "timeseries"]

    assert all(panel["options"]["legend"]["showLegend"] for panel in graphs)
    assert all(panel["options"]["legend"]["calcs"] for panel in graphs)


@each_dashboard
def test_every_variable_that_is_used_is_declared_and_every_declared_one_is_used(dashboard: dict[str, Any]) -> None:
    declared = [variable["name"] for variable in dashboard["templating"]["list"]]
    used = {name for name in re.findall(r"\$\{?(\w+)", written(dashboard)) if not name.startswith("__")}

    assert declared[0] == "datasource"
    assert sorted(declared) == sorted(used)


@each_dashboard
def test_every_variable_has_a_label(dashboard: dict[str, Any]) -> None:
    assert all(variable["label"] for variable in dashboard["templating"]["list"])


@each_dashboard
def test_releases_are_shown_on_it_where_everybody_sees_them(dashboard: dict[str, Any]) -> None:
    releases, failures = dashboard["annotations"]["list"]

    assert 'slipway_release_info{live="true"' in releases["expr"]
    assert 'slipway_release_last_timestamp_seconds{verdict="failed"' in failures["expr"]
    for annotation in (releases, failures):
        assert annotation["enable"] is True
        assert annotation["target"]["expr"] == annotation["expr"]
        assert "placement" not in annotation


@each_dashboard
def test_releases_are_shown_whichever_hosts_were_chosen(dashboard: dict[str, Any]) -> None:
    assert all("$instance" not in annotation["expr"] for annotation in dashboard["annotations"]["list"])


@each_dashboard
def test_it_links_to_its_neighbours(dashboard: dict[str, Any]) -> None:
    (link,) = dashboard["links"]

    assert set(link["tags"]) <= set(dashboard["tags"])
    assert link["keepTime"]
    assert "placement" not in link


@each_dashboard
def test_what_a_series_links_to_is_there_and_takes_what_it_is_given(dashboard: dict[str, Any]) -> None:
    for panel in shown(dashboard):
        for link in panel["fieldConfig"]["defaults"].get("links", []):
            found = re.fullmatch(r"/d/([\w-]+)\?var-(\w+)=\$\{__field\.labels\.(\w+)\}", link["url"])
            assert found
            assert found[2] in {variable["name"] for variable in DASHBOARDS[found[1]]["templating"]["list"]}
            assert all(f"{{{{{found[3]}}}}}" in target["legendFormat"] for target in panel["targets"])
