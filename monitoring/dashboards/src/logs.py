"""Logs of all hosts, for environments that have Loki."""

from __future__ import annotations

from monitoring.dashboards.src.frame import TAG
from monitoring.dashboards.src.sdk import common, common_models, dashboard, logs, loki, models, timeseries

UID = "slipway-logs"
SOURCE = common_models.DataSourceRef(type_val="loki", uid="${loki}")
_CHOSEN = '{host=~"$host", unit=~"$unit"} |= "$text"'
ALL = models.VariableOption(selected=True, text="All", value="$__all")


def dashboard_of_logs() -> models.Dashboard:
    """How much is logged, by host and level, and below it the lines."""
    built = (
        dashboard.Dashboard("Logs")
        .uid(UID)
        .description("What all hosts have logged; the box finds a request by its id.")
        .tags([TAG])
        .readonly()
        .time("now-1h", "now")
        .timezone("browser")
        .variables(
            [
                dashboard.DatasourceVariable("loki").label("Loki").type("loki"),
                _label("host", "Host"),
                _label("unit", "Unit"),
                dashboard.TextBoxVariable("text").label("Text or request id"),
            ]
        )
        .link(
            dashboard.DashboardLink("Slipway")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
        )
        .with_panel(_volume())
        .with_panel(_lines())
        .build()
    )
    for number, placed in enumerate(built.panels or [], 1):
        placed.id_val = number
    return built


def _label(name: str, title: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(title)
        .datasource(SOURCE)
        .query(f"label_values({name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".+")
        .current(ALL)
    )


def _volume() -> timeseries.Panel:
    query = loki.Dataquery().ref_id("A").expr(f"sum by (host) (count_over_time({_CHOSEN} [$__auto]))")
    return (
        timeseries.Panel()
        .title("Lines")
        .description("How many lines each host has logged.")
        .datasource(SOURCE)
        .unit("short")
        .span(24)
        .height(6)
        .draw_style(common_models.GraphDrawStyle.BARS)
        .stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
        .legend(
            common.VizLegendOptions()
            .show_legend(show_legend=True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .calcs([])
        )
        .with_target(query.legend_format("{{host}}").datasource(SOURCE))
    )


def _lines() -> logs.Panel:
    return (
        logs.Panel()
        .title("What was logged")
        .description("The lines themselves, newest first; one can be opened.")
        .datasource(SOURCE)
        .span(24)
        .height(20)
        .show_time(show_time=True)
        .wrap_log_message(wrap_log_message=True)
        .enable_log_details(enable_log_details=True)
        .sort_order(common_models.LogsSortOrder.DESCENDING)
        .with_target(loki.Dataquery().ref_id("A").expr(_CHOSEN).datasource(SOURCE))
    )
