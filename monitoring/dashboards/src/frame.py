"""What all dashboards share: the choice of a Prometheus, links to neighbours, releases as annotations, ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.dashboards.src.panels import DATASOURCE
from monitoring.dashboards.src.sdk import Builder, dashboard, models, prometheus
from monitoring.dashboards.src.variables import Variable, datasource

TAG = "slipway"
# A version that is live now and was not a minute ago, whatever made it live; and a release that failed in this minute.
# They are of all hosts, also where a reader has chosen some: what a release does to the database shows on its host.
_NEW_VERSIONS = """max by (app, version) (slipway_release_info{live="true"})
unless max by (app, version) (slipway_release_info{live="true"} offset 1m)"""
_FAILED = 'time() - max by (app, kind) (slipway_release_last_timestamp_seconds{verdict="failed"} > 0) < 60'

Section = tuple[str, Sequence[Builder[models.Panel]]]


@dataclass(frozen=True)
class Board:
    """What a dashboard is. `uid` is its address, `variables` what a reader chooses, `since` the begin of its time."""

    uid: str
    title: str
    description: str
    variables: Sequence[Variable] = ()
    since: str = "now-1h"


def frame(board: Board, sections: Sequence[Section]) -> models.Dashboard:
    """Build a dashboard: variables, annotations and links of the house around sections, each a heading and its panels.

    Panels of a section without a heading stand at the top. Ids are numbered in reading order.
    """
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .readonly()
        .time(board.since, "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables([datasource(), *board.variables])
        .annotation(_annotation("Releases", "purple", _NEW_VERSIONS, "{{app}} {{version}}").text_format("is live"))
        .annotation(_annotation("Failed releases", "red", _FAILED, "{{kind}} of {{app}}").text_format("failed"))
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


def _annotation(name: str, colour: str, expr: str, title: str) -> dashboard.AnnotationQuery:
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
        .title_format(title)
    )


def _neighbours() -> Builder[models.DashboardLink]:
    # The time goes along; the hosts that were chosen don't: those of the database aren't those of the service.
    return (
        dashboard.DashboardLink("Slipway")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(as_dropdown=True)
        .keep_time(keep_time=True)
    )
