"""What all dashboards share: variables, links to neighbours, releases as annotations, ids."""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.dashboards.src.panels import DATASOURCE
from monitoring.dashboards.src.sdk import Builder, dashboard, models, prometheus

TAG = "slipway"
# A version that is live now and was not a minute ago, whatever made it live; and a release that failed in this minute.
_NEW_VERSIONS = """max by (app, version) (slipway_release_info{live="true", instance=~"$instance"})
unless max by (app, version) (slipway_release_info{live="true", instance=~"$instance"} offset 1m)"""
_FAILED = """time() - max by (app, kind) (
slipway_release_last_timestamp_seconds{verdict="failed", instance=~"$instance"} > 0) < 60"""

Section = tuple[str, Sequence[Builder[models.Panel]]]


def frame(uid: str, title: str, description: str, sections: Sequence[Section]) -> models.Dashboard:
    """Build a dashboard: variables, annotations and links of the house around sections, each a heading and its panels.

    Panels of a section without a heading stand at the top. Ids are numbered in reading order.
    """
    builder = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables([_datasource(), _instance()])
        .annotation(_releases())
        .annotation(_failures())
        .link(_neighbours())
    )
    for heading, panels in sections:
        if heading:
            builder.with_row(dashboard.Row(heading))
        for panel in panels:
            builder.with_panel(panel)
    built = builder.build()
    for number, placed in enumerate(built.panels or [], 1):
        placed.id_val = number
    return built


def _datasource() -> Builder[models.VariableModel]:
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _instance() -> Builder[models.VariableModel]:
    return (
        dashboard.QueryVariable("instance")
        .label("Host")
        .datasource(DATASOURCE)
        .query("label_values(up, instance)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _releases() -> Builder[models.AnnotationQuery]:
    return _annotation("Releases", "purple", _NEW_VERSIONS).title_format("{{app}} {{version}}").text_format("is live")


def _failures() -> Builder[models.AnnotationQuery]:
    return _annotation("Failed releases", "red", _FAILED).title_format("{{kind}} of {{app}}").text_format("failed")


def _annotation(name: str, colour: str, expr: str) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(enable=True)
        .hide(hide=False)
        .icon_color(colour)
        .target(prometheus.Dataquery().ref_id("Releases").expr(expr).range())
        .expr(expr)
        .step("60s")
        .tag_keys("app")
    )


def _neighbours() -> Builder[models.DashboardLink]:
    return (
        dashboard.DashboardLink("Slipway")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(as_dropdown=True)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )
