"""All dashboards, as the JSON that Grafana provisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from monitoring.dashboards.src import (
    edge,
    gate,
    host,
    hosts,
    logs,
    mailroom,
    overview,
    postgresql,
    redis,
    releases,
    service,
    slo,
    watchers,
)
from monitoring.dashboards.src.sdk import JSONEncoder, models

# In the order in which somebody goes through them: what clients notice first, the watchers themselves last.
MODULES = (
    overview,
    service,
    slo,
    releases,
    gate,
    mailroom,
    edge,
    postgresql,
    redis,
    hosts,
    host,
    watchers,
)
FOLDER = Path(__file__).with_name("generated")
# Of which Grafana gets to know where there is Loki.
LOKI = FOLDER / "loki"


def dashboards() -> list[models.Dashboard]:
    """Every dashboard of Slipway, built anew."""
    return [module.dashboard() for module in MODULES]


def render() -> dict[Path, str]:
    """Text of every generated file by its path; the file's name is the dashboard's uid."""
    made = {dashboard.uid: as_grafana_reads(dashboard) for dashboard in dashboards()}
    return {FOLDER / f"{uid}.json": json.dumps(plain, indent=2, sort_keys=True) + "\n" for uid, plain in made.items()}


def render_loki() -> dict[Path, str]:
    """Text of the generated files for environments with Loki, by their paths."""
    plain = as_grafana_reads(logs.dashboard_of_logs())
    return {LOKI / f"{plain['uid']}.json": json.dumps(plain, indent=2, sort_keys=True) + "\n"}


def as_grafana_reads(dashboard: models.Dashboard) -> dict[str, Any]:
    """Return the dashboard as plain dictionaries and lists, with annotations and links in sight.

    The SDK knows one placement only, a menu that few people open; Grafana takes none as "above the panels".
    """
    plain: dict[str, Any] = json.loads(json.dumps(dashboard, cls=JSONEncoder))
    for item in (*plain["annotations"].get("list", []), *plain["links"]):
        del item["placement"]
    return plain
