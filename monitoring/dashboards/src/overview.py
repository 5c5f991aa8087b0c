"""Overview: is everything well, and if not, which part of it isn't."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.promql import CLIENTS, HERE, LIVE, quantile, rate, select, total
from monitoring.dashboards.src.sdk import Builder, models
from monitoring.dashboards.src.variables import hosts

BOARD = Board(
    "slipway-overview",
    "Overview",
    "Is everything well, and if not, which part of it isn't: alerts, requests, releases, mail, hosts.",
    [hosts()],
)
_WEB = (HERE, CLIENTS)
_ONE_HOST = ("This host", "/d/slipway-host?var-instance=${__field.labels.instance}")


def dashboard() -> models.Dashboard:
    """Alerts and what clients notice first, then what it is made of, from the client inwards."""
    return frame(BOARD, [_now(), _service(), _releases(), _mail(), _hosts()])


def _now() -> Section:
    return "", [*_watched(), *_noticed()]


def _watched() -> list[Builder[models.Panel]]:
    return [
        figure(
            About("Alerts", "Alerts that fire now, without the Watchdog, which always does.", "short", 3),
            'count(ALERTS{alertstate="firing", severity=~"page|ticket"}) or vector(0)',
            limits=(1, 3),
        ),
        figure(
            About("Hosts", "Share of the hosts that can be read.", "percentunit", 3),
            'avg(up{job="node"})',
            limits=(1, 0.99),
        ),
        figure(
            About("Probes that pass", "Share of the probed pages that answer as a client expects.", "percentunit", 3),
            "avg(probe_success)",
            limits=(1, 0.99),
        ),
    ]


def _noticed() -> list[Builder[models.Panel]]:
    return [
        figure(
            About("Requests", "Requests a second that clients make, over 5 minutes.", "reqps", 3),
            "sum(job:http_requests:rate5m)",
        ),
        figure(
            About("Errors", "Share of requests answered with a 5xx, over 5 minutes.", "percentunit", 3),
            "max(job:http_errors:ratio_rate5m)",
            limits=(0.01, 0.05),
        ),
        figure(
            About("p95", "19 of 20 requests are faster than this, over 5 minutes.", "s", 3),
            "max(job:http_request_duration_seconds:p95_5m)",
            limits=(0.1, 0.5),
        ),
        figure(
            About("Budget left", "What is left of the error budget of 30 days where least is left.", "percentunit", 3),
            "min(slo:budget_left:ratio30d)",
            limits=(0.5, 0),
        ),
        figure(
            About("Oldest message", "How long the oldest message in the queue has waited.", "s", 3),
            "max(mailroom_queue_oldest_age_seconds)",
            limits=(60, 300),
        ),
    ]


def _service() -> Section:
    seconds = "http_request_duration_seconds"
    return "Service", [
        timeline(
            About("Alerts that fired", "Which alerts fired when, pages and tickets.", "bool_on_off"),
            [
                Query(
                    'max by (severity, alertname) (ALERTS{alertstate="firing", severity=~"page|ticket"})',
                    "{{severity}} {{alertname}}",
                )
            ],
        ),
        graph(
            About("Requests by result", "Requests a second by class of their status.", "reqps"),
            [Query(total(rate("http_requests_total", *_WEB), "status_class"), "{{status_class}}")],
            stacked=True,
        ),
        graph(
            About("Duration", "How long the service takes to answer: median, 95 and 99 of 100.", "s"),
            [Query(quantile(part, seconds, *_WEB), f"p{part * 100:g}") for part in (0.5, 0.95, 0.99)],
        ),
    ]


def _releases() -> Section:
    return "Releases", [
        timeline(
            About("Versions", "Which version every lane of a host is on.", "bool_on_off", 6),
            [
                Query(
                    f"max by (app, version) ({select('slipway_release_info', LIVE, HERE)})",
                    "{{app}} {{version}}",
                )
            ],
        ),
        graph(
            About("Lanes", "How many lanes each slot has, over all hosts.", "short", 6),
            [Query(total(select("slipway_lanes", HERE), "app, slot"), "{{app}} {{slot}}")],
            stacked=True,
        ),
        graph(
            About("Errors by slot", "Share of 5xx answers over a minute.", "percentunit", 6),
            [Query("max by (job, slot) (job_slot:http_errors:ratio_rate1m)", "{{job}} {{slot}}")],
        ),
        graph(
            About("p95 by slot", "19 of 20 requests of the last minute were faster.", "s", 6),
            [Query("max by (job, slot) (job_slot:http_request_duration_seconds:p95_1m)", "{{job}} {{slot}}")],
        ),
    ]


def _mail() -> Section:
    kinds = {"accepted": "accepted", "sent": "sent", "failed": "given up"}
    return "Mail", [
        graph(
            About("Messages", "Messages a second: accepted from clients, taken by SES, given up.", "mps"),
            [Query(total(rate(f"mailroom_messages_{kind}_total", HERE)), name) for kind, name in kinds.items()],
        ),
        graph(
            About("Queue", "Messages that wait to be sent.", "short"), [Query("max(mailroom_queue_depth)", "waiting")]
        ),
        graph(
            About("Attempts to deliver", "Attempts a second by what came of them.", "ops"),
            [Query(total(rate("mailroom_delivery_attempts_total", HERE), "outcome"), "{{outcome}}")],
            stacked=True,
        ),
    ]


def _hosts() -> Section:
    return "Hosts", [
        graph(
            About("Processors", "Share of all processors that is busy.", "percentunit", 6, link=_ONE_HOST),
            [Query(select("instance:cpu_busy:ratio_rate5m", HERE), "{{instance}}")],
            maximum=1,
        ),
        graph(
            About("Memory available", "Share of memory that programs can still get.", "percentunit", 6, link=_ONE_HOST),
            [Query(select("instance:memory_available:ratio", HERE), "{{instance}}")],
            maximum=1,
        ),
        graph(
            About(
                "Disk available", "Share of each file system that is free for users.", "percentunit", 6, link=_ONE_HOST
            ),
            [Query(select("instance:filesystem_available:ratio", HERE), "{{instance}} {{mountpoint}}")],
            maximum=1,
        ),
        graph(
            About("Database connections", "Share of PostgreSQL's connections in use.", "percentunit", 6),
            [Query(select("instance:postgresql_connections:ratio", HERE), "{{instance}}")],
            maximum=1,
        ),
    ]
