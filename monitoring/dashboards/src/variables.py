"""What a reader chooses at the top of a dashboard."""

from __future__ import annotations

from monitoring.dashboards.src.panels import DATASOURCE
from monitoring.dashboards.src.sdk import Builder, dashboard, models

Variable = Builder[models.VariableModel]


def datasource() -> Variable:
    """Return which Prometheus is asked; every dashboard has it."""
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def hosts(having: str = "up") -> Variable:
    """Return `instance`: any number of the hosts that have a metric, all of them at first."""
    return _several("instance", "Host", having)


def applications() -> Variable:
    """Return `job`: any number of the applications that measure themselves, all of them at first."""
    return _several("job", "Application", "http_requests_total")


def databases() -> Variable:
    """Return `datname`: any number of PostgreSQL's databases, all of them at first."""
    return _several("datname", "Database", "pg_database_size_bytes")


def objectives() -> Variable:
    """Return `slo`: any number of the objectives that are declared, all of them at first."""
    return _several("slo", "Objective", "slo:objective:ratio")


def host() -> Variable:
    """Return `instance`: one host."""
    return _asked("instance", "Host", "node_uname_info")


def ses_price() -> Variable:
    """Return `price`: US dollars for 1,000 messages, to be changed by the reader."""
    return (
        dashboard.TextBoxVariable("price")
        .label("USD for 1,000 messages")
        .description("SES' list price of outbound mail (aws.amazon.com/ses/pricing, 2025), without data and extras.")
        .default_value("0.10")
    )


def _asked(name: str, label: str, having: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(f"label_values({having}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def _several(name: str, label: str, having: str) -> Variable:
    return (
        _asked(name, label, having)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".+")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )
