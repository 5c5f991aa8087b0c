"""The queries of every panel, as Prometheus is asked them: with the variables filled in as they are at first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.environment import ROOT

GENERATED = ROOT / "monitoring/dashboards/generated"
# Grafana's own: four reads of the slowest target, and the time that is looked at.
INTERVAL = "1m"
RANGE_SECONDS = 3600
_BUILT_IN = {"__rate_interval": INTERVAL, "__range": f"{RANGE_SECONDS}s", "__range_s": str(RANGE_SECONDS)}

_FAULT = "needs a fault: "
_OVERLAY = "the lab's hosts have overlays for file systems, of which the node exporter doesn't tell"
# What may return nothing on a host that is well, by dashboard and by the names of panel and series.
QUIET = {
    ("slipway-gate", "Errors by route: {{slot}} {{method}} {{route}}"): _FAULT + "a release that fails requests",
    ("slipway-host", "Disk available: Disk available"): _OVERLAY,
    ("slipway-host", "Free inodes: {{mountpoint}}"): _OVERLAY,
    ("slipway-host", "Free: {{mountpoint}}"): _OVERLAY,
    ("slipway-host", "Restarts: {{name}}"): _FAULT + "a service that dies",
    ("slipway-hosts", "Disk available: Disk available"): _OVERLAY,
    ("slipway-mailroom", "Quota of a day: limit"): "the simulated SES sets no limit for a day",
    ("slipway-overview", "Alerts that fired: {{severity}} {{alertname}}"): _FAULT + "whatever an alert is about",
    ("slipway-overview", "Disk available: {{instance}} {{mountpoint}}"): _OVERLAY,
    ("slipway-postgresql", "Last backup: {{instance}} {{backup}}"): "no backup is expected of the lab's hosts",
    ("slipway-releases", "Time to recover: Time to recover"): _FAULT + "a bad release and its rollback",
    ("slipway-service", "4xx by route: {{method}} {{route}}"): "needs a client's mistake",
    ("slipway-service", "5xx by route: {{method}} {{route}}"): _FAULT + "a request that fails",
    ("slipway-watchers", "Duration of notifications: {{integration}}"): "nobody is notified while nothing new fires",
    ("slipway-watchers", "Notifications: {{integration}}"): "nobody is notified while nothing new fires",
}


@dataclass(frozen=True)
class Asked:
    """One query of a panel, `expr` with its variables in it. `name` is the panel's and that of its series."""

    dashboard: str
    name: str
    expr: str


def dashboards() -> dict[str, dict[str, Any]]:
    """Return every dashboard as it is committed, by its uid."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(GENERATED.glob("*.json"))}


def shown(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something: all but the headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: dict[str, Any]) -> Iterator[Asked]:
    """Yield every query of a dashboard."""
    for panel in shown(dashboard):
        for target in panel["targets"]:
            yield Asked(dashboard["uid"], f"{panel['title']}: {target['legendFormat']}", target["expr"])


def filled(expr: str, dashboard: dict[str, Any], one: str) -> str:
    """Return a query with its variables filled in; `one` is the host where only one can be chosen."""
    values = dict(_BUILT_IN)
    for variable in dashboard["templating"]["list"]:
        default = variable["query"] if variable["type"] == "textbox" else one
        values[variable["name"]] = variable.get("allValue") or default
    return re.sub(r"\$(\w+)", lambda found: str(values[found[1]]), expr)
