"""All dashboards, as the JSON that Grafana provisions."""

from __future__ import annotations

import json
from pathlib import Path

from monitoring.dashboards.src import overview
from monitoring.dashboards.src.sdk import JSONEncoder, models

FOLDER = Path(__file__).with_name("generated")


def dashboards() -> list[models.Dashboard]:
    """Every dashboard of Slipway, built anew."""
    return [overview.dashboard()]


def render() -> dict[Path, str]:
    """Text of every generated file by its path; the file's name is the dashboard's uid."""
    return {FOLDER / f"{dashboard.uid}.json": _encode(dashboard) for dashboard in dashboards()}


def _encode(dashboard: models.Dashboard) -> str:
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
