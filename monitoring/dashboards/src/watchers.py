"""Watchers: whether what watches can be trusted, and what it costs."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.promql import HERE, gained, growth, rate, select, share, total
from monitoring.dashboards.src.sdk import Builder, models
from monitoring.dashboards.src.variables import hosts

BOARD = Board(
    "slipway-watchers",
    "Watchers",
    "Whether Prometheus, Alertmanager and the exporters can be trusted, and what they cost.",
    [hosts()],
)
_PROMETHEUS = ('job="prometheus"', HERE)
_SLOTS = 'job!~".+-(web|worker)"'


def dashboard() -> models.Dashboard:
    """Show what would keep an alert from being heard, then what is read, stored and sent, and what it costs."""
    return frame(BOARD, [_now(), _targets(), _prometheus(), _alertmanager(), _cost()])


def _now() -> Section:
    return "", [*_trusted(), *_held()]


def _trusted() -> list[Builder[models.Panel]]:
    return [
        figure(
            About(
                "Targets",
                "Share of the targets that can be read, slots not counted: one of two is idle.",
                "percentunit",
                4,
            ),
            f"avg({select('up', _SLOTS, HERE)})",
            limits=(1, 0.99),
        ),
        figure(
            About(
                "Configurations",
                "Whether Prometheus and Alertmanager took their last configuration: 1 if both did.",
                "short",
                4,
            ),
            f"min({select('prometheus_config_last_reload_successful', HERE)}"
            f" or {select('alertmanager_config_last_reload_successful', HERE)})",
            limits=(1, 0.5),
        ),
        figure(
            About("Failed rules", "Evaluations of rules that failed in this time.", "short", 4),
            total(gained("prometheus_rule_evaluation_failures_total", HERE)),
            limits=(1, 10),
        ),
        figure(
            About(
                "Failed notifications", "Notifications that failed in this time, after several tries each.", "short", 4
            ),
            total(gained("alertmanager_notifications_failed_total", HERE)),
            limits=(1, 10),
        ),
    ]


def _held() -> list[Builder[models.Panel]]:
    return [
        figure(
            About("Series", "Series that Prometheus holds in memory.", "short", 4),
            f"max({select('prometheus_tsdb_head_series', HERE)})",
            limits=(12000, 15000),
        ),
        figure(
            About("Stalest file", "The age of the oldest file of figures for the node exporter.", "s", 4),
            f"time() - min({select('node_textfile_mtime_seconds', HERE)})",
        ),
    ]


def _targets() -> Section:
    return "What is read", [
        timeline(
            About("Targets", "When every target of a job could be read, slots not counted.", "bool_on_off"),
            [Query(f"min by (job) ({select('up', _SLOTS, HERE)})", "{{job}}")],
        ),
        graph(
            About("Duration of a read", "How long the slowest target of a job takes to answer.", "s"),
            [Query(f"max by (job) ({select('scrape_duration_seconds', HERE)})", "{{job}}")],
        ),
        graph(
            About("Samples of a read", "Figures that a read of all targets of a job brings.", "short"),
            [Query(total(select("scrape_samples_post_metric_relabeling", HERE), "job"), "{{job}}")],
            stacked=True,
        ),
    ]


def _prometheus() -> Section:
    stored = {"storage_blocks": "blocks", "wal_storage_size": "write-ahead log", "head_chunks_storage_size": "newest"}
    return "Prometheus", [
        graph(
            About("Series", "Series in memory; above 15,000 something gives every client its own.", "short", 6),
            [Query(select("prometheus_tsdb_head_series", HERE), "{{instance}}")],
        ),
        graph(
            About("New series", "Series a second that weren't there before.", "ops", 6),
            [Query(rate("prometheus_tsdb_head_series_created_total", HERE), "{{instance}}")],
        ),
        graph(
            About("On disk", "What Prometheus keeps.", "bytes", 6),
            [Query(select(f"prometheus_tsdb_{kind}_bytes", HERE), name) for kind, name in stored.items()],
            stacked=True,
        ),
        graph(
            About("Duration of rules", "How long the last evaluation of all rules took.", "s", 6),
            [Query(total(select("prometheus_rule_group_last_duration_seconds", HERE), "instance"), "{{instance}}")],
        ),
    ]


def _alertmanager() -> Section:
    waited = share(
        total(rate("alertmanager_notification_latency_seconds_sum", HERE), "integration"),
        total(rate("alertmanager_notification_latency_seconds_count", HERE), "integration"),
    )
    return "Alertmanager", [
        graph(
            About(
                "Alerts", "Alerts that Alertmanager knows, by what it does with them; the Watchdog is one.", "short", 6
            ),
            [Query(total(select("alertmanager_alerts", HERE), "state"), "{{state}}")],
            stacked=True,
        ),
        graph(
            About("Notifications", "Notifications, point by point, by the way they take.", "short", 6),
            [Query(f"{total(growth('alertmanager_notifications_total', HERE), 'integration')} > 0", "{{integration}}")],
        ),
        graph(
            About("Failed", "Notifications that failed, point by point, by the way they take.", "short", 6),
            [Query(total(growth("alertmanager_notifications_failed_total", HERE), "integration"), "{{integration}}")],
        ),
        graph(
            About("Duration of notifications", "How long one takes on the average, by the way it takes.", "s", 6),
            [Query(waited, "{{integration}}")],
        ),
    ]


def _cost() -> Section:
    lost = {"dropped": "dropped", "errors": "failed"}
    return "What it costs", [
        graph(
            About("Memory", "What each watcher's processes hold on all chosen hosts.", "bytes"),
            [Query(total(select("process_resident_memory_bytes", _SLOTS, HERE), "job"), "{{job}}")],
            stacked=True,
        ),
        graph(
            About("Processors", "Share of one processor that each watcher takes on all chosen hosts.", "percentunit"),
            [Query(total(rate("process_cpu_seconds_total", _SLOTS, HERE), "job"), "{{job}}")],
            stacked=True,
        ),
        graph(
            About("Alerts that got lost", "Alerts between Prometheus and Alertmanager, point by point.", "short"),
            [
                Query(total(growth(f"prometheus_notifications_{kind}_total", *_PROMETHEUS)), name)
                for kind, name in lost.items()
            ],
        ),
    ]
