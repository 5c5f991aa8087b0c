"""Gate: the figures by which a release is judged, both slots side by side."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Section, frame
from monitoring.dashboards.src.panels import About, Query, graph
from monitoring.dashboards.src.sdk import models

UID = "slipway-gate"
_HERE = 'instance=~"$instance"'
_LATELY = f"{{{_HERE}}}[$__rate_interval]"
_SLOT = "{{job}} {{slot}}"


def dashboard() -> models.Dashboard:
    """Show what fails first at the top: errors and duration, then the processes."""
    return frame(
        UID,
        "Gate",
        "What decides whether lanes move on: the new slot beside the old one. The numbers are in thresholds.yml.",
        [_requests(), _routes(), _processes()],
    )


def _requests() -> Section:
    errors = f'http_requests_total{{status_class="5xx", {_HERE}}}[$__rate_interval]'
    durations = f"http_request_duration_seconds_bucket{_LATELY}"
    return "", [
        graph(
            About("Requests", "Requests a second on each slot, health checks and probe included.", "reqps"),
            [Query(f"sum by (job, slot) (rate(http_requests_total{_LATELY}))", _SLOT)],
            stacked=True,
        ),
        graph(
            About("Errors", "Share of a slot's requests that were answered with a 5xx.", "percentunit"),
            [
                Query(
                    f"sum by (job, slot) (rate({errors})) / sum by (job, slot) (rate(http_requests_total{_LATELY}))",
                    _SLOT,
                )
            ],
        ),
        graph(
            About("p95", "19 of 20 of a slot's requests are faster than this.", "s"),
            [Query(f"histogram_quantile(0.95, sum by (job, slot, le) (rate({durations})))", _SLOT)],
        ),
    ]


def _routes() -> Section:
    errors = f'http_requests_total{{status_class="5xx", {_HERE}}}[$__rate_interval]'
    durations = f"http_request_duration_seconds_bucket{_LATELY}"
    return "Routes", [
        graph(
            About(
                "Errors by route",
                "Share of a route's requests on a slot that failed, where any did.",
                "percentunit",
                12,
            ),
            [
                Query(
                    f"sum by (job, slot, method, route) (rate({errors}))"
                    f" / sum by (job, slot, method, route) (rate(http_requests_total{_LATELY})) > 0",
                    "{{slot}} {{method}} {{route}}",
                )
            ],
        ),
        graph(
            About("p95 by route", "19 of 20 of a route's requests on a slot are faster than this.", "s", 12),
            [
                Query(
                    f"histogram_quantile(0.95, sum by (job, slot, method, route, le) (rate({durations}))) > 0",
                    "{{slot}} {{method}} {{route}}",
                )
            ],
        ),
    ]


def _processes() -> Section:
    memory = f"slipway_slot_memory_bytes{{{_HERE}}} / slipway_slot_memory_limit_bytes{{{_HERE}}}"
    units = f'node_systemd_service_restart_total{{name=~".+-(web|worker)@(blue|green).service", {_HERE}}}'
    return "Processes", [
        graph(
            About("Memory", "Share of its limit that a slot's web service takes.", "percentunit"),
            [Query(memory, "{{instance}} {{job}} {{slot}}")],
            maximum=1,
        ),
        graph(
            About("Restarts", "How often systemd has restarted a slot's service since it was started.", "short"),
            [Query(units, "{{instance}} {{name}}")],
        ),
        graph(
            About("Read", "Whether a slot's web service and worker can be read (1) or not (0).", "short"),
            [Query(f'up{{job=~".+-(web|worker)", {_HERE}}}', "{{instance}} {{job}} {{slot}}")],
            maximum=1,
        ),
    ]
