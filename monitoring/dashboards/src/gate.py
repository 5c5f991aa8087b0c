"""Gate: the figures by which a release is judged, both slots side by side, and the numbers that they may not exceed."""

from __future__ import annotations

from monitoring import thresholds
from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, graph, timeline
from monitoring.dashboards.src.promql import FAILED, HERE, growth, quantile, rate, select, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import applications, hosts

BOARD = Board(
    "slipway-gate",
    "Gate",
    "What decides whether lanes move on: the new slot beside the old one. Dashed: the limits of thresholds.yml.",
    [applications(), hosts("http_requests_total")],
)
_REQUESTS = "http_requests_total"
_SECONDS = "http_request_duration_seconds"
_ASKED = ('job=~"$job"', HERE)
_SLOT = "{{job}} {{slot}}"
_ROUTE = "{{slot}} {{method}} {{route}}"


def dashboard() -> models.Dashboard:
    """Show what fails first at the top: errors and duration, then the processes."""
    limits = {name: one.value for name, one in thresholds.read_gate().items()}
    return frame(BOARD, [_requests(limits), _routes(), _processes(limits), _lanes()])


def _requests(limits: dict[str, float]) -> Section:
    by = "job, slot"
    errors = share(total(rate(_REQUESTS, *_ASKED, FAILED), by), total(rate(_REQUESTS, *_ASKED), by))
    return "", [
        graph(
            About("Requests", "Requests a second on each slot, health checks and probe included.", "reqps"),
            [Query(total(rate(_REQUESTS, *_ASKED), by), _SLOT)],
            stacked=True,
        ),
        graph(
            About("Errors", "Share of a slot's requests that were answered with a 5xx.", "percentunit"),
            [Query(errors, _SLOT)],
            limit=limits["error_ratio"],
        ),
        graph(
            About("p95", "19 of 20 of a slot's requests are faster than this.", "s"),
            [Query(quantile(0.95, _SECONDS, *_ASKED, by=by), _SLOT)],
            limit=limits["p95"],
        ),
    ]


def _routes() -> Section:
    by = "job, slot, method, route"
    errors = share(total(rate(_REQUESTS, *_ASKED, FAILED), by), total(rate(_REQUESTS, *_ASKED), by))
    return "Routes", [
        graph(
            About(
                "Errors by route",
                "Share of a route's requests on a slot that failed, where any did.",
                "percentunit",
                12,
                beside=True,
            ),
            [Query(f"{errors} > 0", _ROUTE)],
        ),
        graph(
            About(
                "p95 by route", "19 of 20 of a route's requests on a slot are faster than this.", "s", 12, beside=True
            ),
            [Query(f"{quantile(0.95, _SECONDS, *_ASKED, by=by)} > 0", _ROUTE)],
        ),
    ]


def _processes(limits: dict[str, float]) -> Section:
    memory = f"{select('slipway_slot_memory_bytes', *_ASKED)} / {select('slipway_slot_memory_limit_bytes', *_ASKED)}"
    units = 'name=~".+-(web|worker)@(blue|green).service"'
    return "Processes", [
        graph(
            About("Memory", "Share of its limit that a slot's web service takes.", "percentunit"),
            [Query(memory, "{{instance}} {{job}} {{slot}}")],
            maximum=1,
            limit=limits["memory"],
        ),
        graph(
            About("Restarts", "How often systemd restarted a slot's service, point by point.", "short"),
            [Query(growth("node_systemd_service_restart_total", units, HERE), "{{instance}} {{name}}")],
        ),
        timeline(
            About("Read", "When a slot's web service and worker could be read.", "bool_on_off"),
            [Query(select("up", 'job=~".+-(web|worker)"', HERE), "{{instance}} {{job}} {{slot}}")],
        ),
    ]


def _lanes() -> Section:
    return "Lanes", [
        graph(
            About("Lanes", "How many of a host's 20 lanes each slot has.", "short", 12),
            [Query(f"max by (instance, app, slot) ({select('slipway_lanes', HERE)})", "{{instance}} {{app}} {{slot}}")],
            maximum=20,
        ),
        timeline(
            About("Phase", "Which phase of a release is under way.", "bool_on_off", 12),
            [
                Query(
                    f"max by (app, kind, phase) ({select('slipway_work_since_seconds', HERE)} > bool 0) > 0",
                    "{{app}} {{kind}} {{phase}}",
                )
            ],
        ),
    ]
