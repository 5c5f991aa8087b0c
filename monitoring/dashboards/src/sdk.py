"""The Foundation SDK, in the one version that we pin, as the dashboards use it.

Its classic dashboards warn at import that a newer schema is preferred; the newer one is experimental in Grafana, so the
classic one is what we write, and the warning is dropped here and nowhere else.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        bargauge,
        common,
        dashboard,
        logs,
        loki,
        prometheus,
        stat,
        statetimeline,
        timeseries,
    )
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.cog.variants import Dataquery
    from grafana_foundation_sdk.models import common as common_models
    from grafana_foundation_sdk.models import dashboard as models

__all__ = [
    "Builder",
    "Dataquery",
    "JSONEncoder",
    "bargauge",
    "common",
    "common_models",
    "dashboard",
    "logs",
    "loki",
    "models",
    "prometheus",
    "register_default_plugins",
    "stat",
    "statetimeline",
    "timeseries",
]
