"""Panels as the house draws them: a unit, a one-line description, a legend that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.dashboards.src.sdk import (
    Builder,
    Dataquery,
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
    """What a panel says of itself. `unit` is Grafana's name of the unit; `span` its width in columns of 24."""

    title: str
    description: str
    unit: str
    span: int = 8


@dataclass(frozen=True)
class Query:
    """PromQL and what its series are called, with labels as `{{name}}`."""

    expr: str
    legend: str


def graph(
    about: About, queries: Sequence[Query], *, stacked: bool = False, maximum: float | None = None
) -> Builder[models.Panel]:
    """Lines over time; `stacked` adds the series up, `maximum` is the top of the scale."""
    panel = (
        timeseries.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.span)
        .height(HEIGHT)
        .min(0)
        .line_width(1)
        .fill_opacity(30 if stacked else 8)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .targets(_targets(queries))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if maximum is not None:
        panel.max(maximum)
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


def _legend() -> Builder[common_models.VizLegendOptions]:
    return (
        common.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
    )


def _thresholds(limits: tuple[float, float] | None) -> Builder[models.ThresholdsConfig]:
    steps = [models.Threshold(value=None, color="green")]
    if limits and limits[0] > limits[1]:
        steps = [
            models.Threshold(value=None, color="red"),
            models.Threshold(value=limits[1], color="orange"),
            models.Threshold(value=limits[0], color="green"),
        ]
    elif limits:
        steps += [models.Threshold(value=limits[0], color="orange"), models.Threshold(value=limits[1], color="red")]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
