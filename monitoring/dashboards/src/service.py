"""Service: rate, errors and duration, of all of it, by route, and blue against green."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph
from monitoring.dashboards.src.promql import CLIENTS, FAILED, HERE, MISTAKEN, quantile, rate, select, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import applications, hosts

BOARD = Board(
    "slipway-service",
    "Service",
    "What clients get: rate, errors and duration, of all requests, by route, and of one slot beside the other.",
    [applications(), hosts("http_requests_total")],
)
_REQUESTS = "http_requests_total"
_SECONDS = "http_request_duration_seconds"
_ASKED = ('job=~"$job"', HERE)
_WEB = ('job=~"$job"', HERE, CLIENTS)
_PARTS = (0.5, 0.95, 0.99)


def dashboard() -> models.Dashboard:
    """Show what clients notice first, then which route and which slot it is, then what requests wait for."""
    return frame(BOARD, [_now(), _all(), _routes(), _failing_routes(), _slots()])


def _now() -> Section:
    errors = share(total(rate(_REQUESTS, *_WEB, FAILED)), total(rate(_REQUESTS, *_WEB)))
    return "", [
        figure(About("Requests", "Requests a second that clients make.", "reqps", 4), total(rate(_REQUESTS, *_WEB))),
        figure(
            About("Errors", "Share of requests answered with a 5xx.", "percentunit", 4), errors, limits=(0.01, 0.05)
        ),
        *(
            figure(
                About(f"p{part * 100:g}", f"{part * 100:g} of 100 requests are faster than this.", "s", 4),
                quantile(part, _SECONDS, *_WEB),
                limits=(0.1, 0.5),
            )
            for part in _PARTS
        ),
        figure(
            About("In progress", "Requests that are being answered now.", "short", 4),
            total(select("http_requests_in_progress", *_ASKED)),
        ),
    ]


def _all() -> Section:
    failed = share(total(rate(_REQUESTS, *_WEB, FAILED)), total(rate(_REQUESTS, *_WEB)))
    mistaken = share(total(rate(_REQUESTS, *_WEB, MISTAKEN)), total(rate(_REQUESTS, *_WEB)))
    return "All requests", [
        graph(
            About("Rate", "Requests a second by class of their status.", "reqps"),
            [Query(total(rate(_REQUESTS, *_WEB), "status_class"), "{{status_class}}")],
            stacked=True,
        ),
        graph(
            About(
                "Error ratio",
                "Share of requests that we failed (5xx), and that clients got wrong (4xx).",
                "percentunit",
            ),
            [Query(failed, "5xx"), Query(mistaken, "4xx")],
        ),
        graph(
            About("Duration", "How long the service takes to answer: median, 95 and 99 of 100.", "s"),
            [Query(quantile(part, _SECONDS, *_WEB), f"p{part * 100:g}") for part in _PARTS],
        ),
    ]


def _routes() -> Section:
    by = "method, route"
    return "By route", [
        graph(
            About("Rate by route", "Requests a second; `unmatched` is what no route knows.", "reqps", 12, beside=True),
            [Query(f"{total(rate(_REQUESTS, *_WEB), by)} > 0", "{{method}} {{route}}")],
        ),
        graph(
            About("p95 by route", "19 of 20 of a route's requests are faster than this.", "s", 12, beside=True),
            [Query(f"{quantile(0.95, _SECONDS, *_WEB, by=by)} > 0", "{{method}} {{route}}")],
        ),
    ]


def _failing_routes() -> Section:
    def ratio(status: str) -> str:
        by = "method, route"
        part = total(rate(_REQUESTS, *_WEB, status), by)
        return f"{share(part, total(rate(_REQUESTS, *_WEB), by))} > 0"

    return "", [
        graph(
            About(
                "5xx by route",
                "Share of a route's requests that we failed, where any did.",
                "percentunit",
                12,
                beside=True,
            ),
            [Query(ratio(FAILED), "{{method}} {{route}}")],
        ),
        graph(
            About(
                "4xx by route", "Share of a route's requests that clients got wrong.", "percentunit", 12, beside=True
            ),
            [Query(ratio(MISTAKEN), "{{method}} {{route}}")],
        ),
    ]


def _slots() -> Section:
    by = "job, slot"
    errors = share(total(rate(_REQUESTS, *_WEB, FAILED), by), total(rate(_REQUESTS, *_WEB), by))
    memory = f"{select('slipway_slot_memory_bytes', *_ASKED)} / {select('slipway_slot_memory_limit_bytes', *_ASKED)}"
    return "Blue against green", [
        graph(
            About("Rate by slot", "How the lanes share the traffic out between blue and green.", "reqps", 6),
            [Query(total(rate(_REQUESTS, *_WEB), by), "{{job}} {{slot}}")],
            stacked=True,
        ),
        graph(
            About("Errors by slot", "Share of a slot's requests that were answered with a 5xx.", "percentunit", 6),
            [Query(errors, "{{job}} {{slot}}")],
        ),
        graph(
            About("p95 by slot", "19 of 20 of a slot's requests are faster than this.", "s", 6),
            [Query(quantile(0.95, _SECONDS, *_WEB, by=by), "{{job}} {{slot}}")],
        ),
        graph(
            About("Memory by slot", "Share of its limit that a slot's web service takes.", "percentunit", 6),
            [Query(memory, "{{instance}} {{slot}}")],
            maximum=1,
        ),
    ]
