"""Releases: what is live where, what came of the last ones, and how well the team releases."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.promql import HERE, LIVE, growth, select
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import hosts

BOARD = Board(
    "slipway-releases",
    "Releases and DORA",
    "What is live where, what came of the last releases, and how well we release: DORA's four measures.",
    [hosts("slipway_lanes")],
    since="now-6h",
)


def dashboard() -> models.Dashboard:
    """DORA's measures first, then what is live, then how the last releases went."""
    return frame(BOARD, [_dora(), _live(), _ledger()])


def _dora() -> Section:
    return "", [
        figure(
            About("Releases a week", "Good releases a week, over the last 4 weeks.", "short", 6),
            "sum(app:releases:per_week)",
        ),
        figure(
            About("Commit to live", "How old the commit of the last good release was when it was live.", "s", 6),
            "max(app:release_lead_seconds:last)",
        ),
        figure(
            About(
                "Releases that failed",
                "Share of 4 weeks' releases that failed or had to be taken back.",
                "percentunit",
                6,
            ),
            "max(app:release_failures:ratio_4w)",
            limits=(0.15, 0.3),
        ),
        figure(
            About("Time to recover", "From the last bad release to a good state again.", "s", 6),
            "max(app:release_recovery_seconds:last)",
            limits=(300, 3600),
        ),
    ]


def _live() -> Section:
    return "What is live", [
        timeline(
            About("Versions", "Which version every lane of a host is on.", "bool_on_off", 12),
            [
                Query(
                    f"max by (instance, app, version) ({select('slipway_release_info', LIVE, HERE)})",
                    "{{app}} {{version}} {{instance}}",
                )
            ],
        ),
        graph(
            About("Lanes", "How many of a host's 20 lanes each slot has.", "short", 12),
            [Query(f"max by (instance, app, slot) ({select('slipway_lanes', HERE)})", "{{app}} {{slot}} {{instance}}")],
            maximum=20,
        ),
        timeline(
            About("Under way", "What was begun and isn't finished, and in which phase it is.", "bool_on_off", 12),
            [
                Query(
                    f"max by (instance, app, kind, phase) ({select('slipway_work_since_seconds', HERE)} > bool 0) > 0",
                    "{{app}} {{kind}} {{phase}} {{instance}}",
                )
            ],
        ),
        graph(
            About("Requests by slot", "How requests follow the lanes.", "reqps", 12),
            [Query("sum by (job, slot) (job_slot:http_requests:rate1m)", "{{job}} {{slot}}")],
            stacked=True,
        ),
    ]


def _ledger() -> Section:
    return "The ledger", [
        graph(
            About("Entries in 4 weeks", "What was done in the last 4 weeks, and what came of it.", "short"),
            [Query("app_kind_verdict:releases:4w > 0", "{{app}} {{kind}} {{verdict}}")],
        ),
        graph(
            About("Phases", "How long each phase of the last release took.", "s"),
            [Query("max by (app, phase) (slipway_release_seconds)", "{{app}} {{phase}}")],
            stacked=True,
        ),
        graph(
            About(
                "Probes", "Requests that a release's probe sent, and those that it lost; counted at its end.", "short"
            ),
            [Query(f"max by (app, result) ({growth('slipway_probe_requests_total')})", "{{app}} {{result}}")],
        ),
    ]
