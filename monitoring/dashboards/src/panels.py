"""Panels as the house draws them: a unit, a one-line description, a legend that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.dashboards.src.sdk import (
    Builder,
    Dataquery,
    bargauge,
    common,
    common_models,
    dashboard,
    models,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)

# The variable that every dashboard declares; a reader may have more than one Prometheus.
DATASOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
HEIGHT = 7


@dataclass(frozen=True)
class About:
    """What a panel says of itself.

    Attributes:
        unit: Grafana's name of the unit.
        span: the width in columns of 24.
        beside: whether the legend is a table beside a graph, as many series need it, and not a line below.
        link: a page for each series, with its labels as `${__field.labels.name}`.
        floor: where the scale begins; None where values may be below 0.

    """

    title: str
    description: str
    unit: str
    span: int = 8
    beside: bool = False
    link: tuple[str, str] | None = None
    floor: float | None = 0


@dataclass(frozen=True)
class Query:
    """PromQL and what its series are called, with labels as `{{name}}`."""

    expr: str
    legend: str


def graph(
    about: About,
    queries: Sequence[Query],
    *,
    stacked: bool = False,
    maximum: float | None = None,
    limit: float | None = None,
) -> Builder[models.Panel]:
    """Lines over time; `stacked` adds the series up, `maximum` is the top of the scale, `limit` a line across."""
    panel = (
        timeseries.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.span)
        .height(HEIGHT)
        .line_width(1)
        .fill_opacity(30 if stacked else 8)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(_legend(beside=about.beside))
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .targets(_targets(queries))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if about.floor is not None:
        panel.min(about.floor)
    if maximum is not None:
        panel.max(maximum)
    if limit is not None:
        style = common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
        panel.thresholds(_thresholds((limit, limit))).thresholds_style(style)
    if about.link:
        panel.data_links([_link(*about.link)])
    return panel


def figure(about: About, expr: str, *, limits: tuple[float, float] | None = None) -> Builder[models.Panel]:
    """One number, now. `limits` are where it turns orange and red, in its unit.

    With the larger limit first, smaller is worse: it is green from the first on, and red below the second.
    """
    return (
        stat.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.span)
        .height(4)
        .no_value("none")
        .graph_mode(common_models.BigValueGraphMode.AREA)
        .color_mode(common_models.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_thresholds(limits))
        .targets(_targets([Query(expr, about.title)]))
    )


def bars(about: About, query: Query) -> Builder[models.Panel]:
    """Return a bar for each series, as it is now, the longest for the largest."""
    return (
        bargauge.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.span)
        .height(HEIGHT)
        .min(0)
        .no_value("none")
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .targets(_targets([query]))
    )


def timeline(about: About, queries: Sequence[Query]) -> Builder[models.Panel]:
    """What was when: a coloured bar for each series that is there."""
    return (
        statetimeline.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.span)
        .height(HEIGHT)
        .legend(common.VizLegendOptions().show_legend(show_legend=False).calcs([]))
        .show_value(common_models.VisibilityMode.NEVER)
        .targets(_targets(queries))
    )


def _targets(queries: Sequence[Query]) -> list[Builder[Dataquery]]:
    return [
        prometheus.Dataquery()
        .datasource(DATASOURCE)
        .ref_id(chr(ord("A") + number))
        .expr(query.expr)
        .legend_format(query.legend)
        .range()
        for number, query in enumerate(queries)
    ]


def _legend(*, beside: bool) -> Builder[common_models.VizLegendOptions]:
    mode = common_models.LegendDisplayMode.TABLE if beside else common_models.LegendDisplayMode.LIST
    place = common_models.LegendPlacement.RIGHT if beside else common_models.LegendPlacement.BOTTOM
    legend = common.VizLegendOptions().show_legend(show_legend=True).display_mode(mode).placement(place)
    return legend.calcs(["lastNotNull", "max"] if beside else ["lastNotNull"])


def _link(title: str, url: str) -> Builder[models.DashboardLink]:
    return dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).url(url)


def _thresholds(limits: tuple[float, float] | None) -> Builder[models.ThresholdsConfig]:
    steps = [models.Threshold(value=None, color="green")]
    if limits and limits[0] > limits[1]:
        steps = [
            models.Threshold(value=None, color="red"),
            models.Threshold(value=limits[1], color="orange"),
            models.Threshold(value=limits[0], color="green"),
        ]
    elif limits:
        orange = [models.Threshold(value=limits[0], color="orange")] if limits[0] < limits[1] else []
        steps += [*orange, models.Threshold(value=limits[1], color="red")]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
