"""Service overview: is it well, and if not, which part of it isn't."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.sdk import models

UID = "slipway-overview"
_HERE = '{instance=~"$instance"}'
_EACH = _HERE + "[$__rate_interval]"
# What asks for the service's health is no client.
_CLIENTS = '{instance=~"$instance", route!~"/health/.+"}[$__rate_interval]'


def dashboard() -> models.Dashboard:
    """Rate, errors and duration first, then what they are made of, from the client inwards."""
    return frame(
        UID,
        "Service overview",
        "Is the service well, and if not, which part of it isn't: requests, slots and releases, mail, hosts.",
        [_now(), _requests(), _slots(), _mail(), _hosts()],
    )


def _now() -> Section:
    return "", [
        figure(
            About("Alerts", "Alerts that fire now, without the Watchdog, which always does.", "short", 4),
            'count(ALERTS{alertstate="firing", severity=~"page|ticket"}) or vector(0)',
            limits=(1, 3),
        ),
        figure(
            About("Probes that pass", "Share of the probed pages that answer as a client expects.", "percentunit", 4),
            "avg(probe_success)",
            limits=(1, 0.99),
        ),
        figure(
            About("Requests", "Requests a second that clients make, over 5 minutes.", "reqps", 4),
            "sum(job:http_requests:rate5m)",
        ),
        figure(
            About("Errors", "Share of requests answered with a 5xx, over 5 minutes.", "percentunit", 4),
            "max(job:http_errors:ratio_rate5m)",
            limits=(0.01, 0.05),
        ),
        figure(
            About("p95", "19 of 20 requests are faster than this, over 5 minutes.", "s", 4),
            "max(job:http_request_duration_seconds:p95_5m)",
            limits=(0.1, 0.5),
        ),
        figure(
            About("Oldest message", "How long the oldest message in the queue has waited.", "s", 4),
            "max(mailroom_queue_oldest_age_seconds)",
            limits=(60, 300),
        ),
    ]


def _requests() -> Section:
    durations = f"sum by (le) (rate(http_request_duration_seconds_bucket{_CLIENTS}))"
    return "Requests", [
        graph(
            About("Requests by result", "Requests a second by class of their status.", "reqps"),
            [Query(f"sum by (status_class) (rate(http_requests_total{_CLIENTS}))", "{{status_class}}")],
            stacked=True,
        ),
        graph(
            About("Requests by route", "Requests a second by route; `unmatched` is what no route knows.", "reqps"),
            [Query(f"sum by (method, route) (rate(http_requests_total{_CLIENTS})) > 0", "{{method}} {{route}}")],
        ),
        graph(
            About("Duration", "How long the service takes to answer: median, 95 and 99 of 100.", "s"),
            [Query(f"histogram_quantile({part}, {durations})", f"p{part * 100:g}") for part in (0.5, 0.95, 0.99)],
        ),
    ]


def _slots() -> Section:
    return "Slots and releases", [
        graph(
            About("Requests by slot", "How the lanes share the traffic out between blue and green.", "reqps", 6),
            [Query("sum by (slot) (job_slot:http_requests:rate1m)", "{{slot}}")],
            stacked=True,
        ),
        graph(
            About(
                "Errors by slot", "Share of 5xx answers over a minute: what a cutover is judged by.", "percentunit", 6
            ),
            [Query("max by (slot) (job_slot:http_errors:ratio_rate1m)", "{{slot}}")],
        ),
        graph(
            About("p95 by slot", "19 of 20 requests of the last minute were faster: the other judge.", "s", 6),
            [Query("max by (slot) (job_slot:http_request_duration_seconds:p95_1m)", "{{slot}}")],
        ),
        timeline(
            About("Releases", "Which release each slot holds, while its processes run.", "bool_on_off", 6),
            [Query(f"max by (slot, release) (mailroom_release_info{_HERE})", "{{slot}} {{release}}")],
        ),
    ]


def _mail() -> Section:
    return "Mail", [
        graph(
            About("Messages", "Messages a second: accepted from clients, taken by SES, given up.", "mps"),
            [
                Query(f"sum(rate(mailroom_messages_accepted_total{_EACH}))", "accepted"),
                Query(f"sum(rate(mailroom_messages_sent_total{_EACH}))", "sent"),
                Query(f"sum(rate(mailroom_messages_failed_total{_EACH}))", "given up"),
            ],
        ),
        graph(
            About("Queue", "Messages that wait to be sent.", "short"),
            [Query("max(mailroom_queue_depth)", "waiting")],
        ),
        graph(
            About("Attempts to deliver", "Attempts a second by what came of them.", "ops"),
            [Query(f"sum by (outcome) (rate(mailroom_delivery_attempts_total{_EACH}))", "{{outcome}}")],
            stacked=True,
        ),
    ]


def _hosts() -> Section:
    return "Hosts", [
        graph(
            About("Processors", "Share of all processors that is busy.", "percentunit", 6),
            [Query(f"instance:cpu_busy:ratio_rate5m{_HERE}", "{{instance}}")],
            maximum=1,
        ),
        graph(
            About("Memory available", "Share of memory that programs can still get.", "percentunit", 6),
            [Query(f"instance:memory_available:ratio{_HERE}", "{{instance}}")],
            maximum=1,
        ),
        graph(
            About("Disk available", "Share of each file system that is free for ordinary users.", "percentunit", 6),
            [Query(f"instance:filesystem_available:ratio{_HERE}", "{{instance}} {{mountpoint}}")],
            maximum=1,
        ),
        graph(
            About("Database connections", "Share of PostgreSQL's connections in use.", "percentunit", 6),
            [Query(f"instance:postgresql_connections:ratio{_HERE}", "{{instance}}")],
            maximum=1,
        ),
    ]
