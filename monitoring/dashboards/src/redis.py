"""Redis and the queue: what may be lost, and what may not wait."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph
from monitoring.dashboards.src.promql import HERE, growth, quantile, rate, select, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import hosts

BOARD = Board(
    "slipway-redis",
    "Redis and queue",
    "Redis, which holds rate limits and caches, and the queue of messages, which PostgreSQL holds.",
    [hosts("redis_up")],
)


def dashboard() -> models.Dashboard:
    """Show the queue's age and whether Redis answers, then each of the two, then the work beside the mail."""
    return frame(BOARD, [_now(), _queue(), _redis(), _memory(), _upkeep()])


def _now() -> Section:
    hits, misses = total(rate("redis_keyspace_hits_total", HERE)), total(rate("redis_keyspace_misses_total", HERE))
    return "", [
        figure(
            About("Redis", "Share of the Redis servers that answer.", "percentunit", 4),
            f"avg({select('redis_up', HERE)})",
            limits=(1, 0.99),
        ),
        figure(
            About("Memory", "Share of maxmemory in use; when it is full, the oldest keys go.", "percentunit", 4),
            f"max({select('redis_memory_used_bytes', HERE)} / ({select('redis_memory_max_bytes', HERE)} > 0))",
            limits=(0.8, 0.95),
        ),
        figure(
            About("Found", "Share of the keys asked for that were there.", "percentunit", 4),
            share(hits, f"({hits} + {misses})"),
        ),
        figure(About("Queue", "Messages that are due and wait.", "short", 4), "max(mailroom_queue_depth)"),
        figure(
            About("Oldest message", "How long the oldest message in the queue has waited.", "s", 4),
            "max(mailroom_queue_oldest_age_seconds)",
            limits=(60, 300),
        ),
        figure(
            About(
                "Limits without Redis", "Whether any process counts alone because Redis is away: 1 if so.", "short", 4
            ),
            "max(mailroom_limits_degraded)",
            limits=(1, 1),
        ),
    ]


def _queue() -> Section:
    seconds = "mailroom_delivery_duration_seconds"
    return "Queue", [
        graph(
            About("Waiting messages", "Messages that are due and neither sent nor given up.", "short", 6),
            [Query("max(mailroom_queue_depth)", "waiting")],
        ),
        graph(
            About("Age of the oldest", "How long the oldest of them has waited.", "s", 6),
            [Query("max(mailroom_queue_oldest_age_seconds)", "oldest")],
        ),
        graph(
            About("Attempts", "Attempts to deliver a second, by what came of them.", "ops", 6),
            [Query(total(rate("mailroom_delivery_attempts_total"), "outcome"), "{{outcome}}")],
            stacked=True,
        ),
        graph(
            About(
                "Duration of attempts", "From taking a message to noting what came of it: median and 95 of 100.", "s", 6
            ),
            [Query(quantile(part, seconds), f"p{part * 100:g}") for part in (0.5, 0.95)],
        ),
    ]


def _redis() -> Section:
    gone = {"evicted": "evicted for want of memory", "expired": "expired"}
    return "Redis", [
        graph(
            About("Commands", "Commands a second, by name.", "ops"),
            [Query(f"{total(rate('redis_commands_total', HERE), 'cmd')} > 0", "{{cmd}}")],
        ),
        graph(
            About("Duration of commands", "How long a command takes on the average, by name.", "s"),
            [
                Query(
                    share(
                        total(rate("redis_commands_duration_seconds_total", HERE), "cmd"),
                        total(rate("redis_commands_total", HERE), "cmd"),
                    ),
                    "{{cmd}}",
                )
            ],
        ),
        graph(
            About("Keys that went", "Keys a second that went by themselves.", "ops"),
            [Query(total(rate(f"redis_{kind}_keys_total", HERE)), name) for kind, name in gone.items()],
        ),
    ]


def _memory() -> Section:
    return "", [
        graph(
            About("Memory", "What the keys and all around them take, what the process holds, and the most.", "bytes"),
            [
                Query(select("redis_memory_used_bytes", HERE), "{{instance}} used"),
                Query(select("redis_memory_used_rss_bytes", HERE), "{{instance}} of the process"),
                Query(select("redis_memory_max_bytes", HERE), "{{instance}} most"),
            ],
        ),
        graph(
            About("Clients", "Connections to Redis.", "short"),
            [Query(select("redis_connected_clients", HERE), "{{instance}}")],
        ),
        graph(
            About("Keys", "Keys in all of Redis, and those of them that will expire.", "short"),
            [
                Query(total(select("redis_db_keys", HERE), "instance"), "{{instance}} all"),
                Query(total(select("redis_db_keys_expiring", HERE), "instance"), "{{instance}} expiring"),
            ],
        ),
    ]


def _upkeep() -> Section:
    return "Beside the mail", [
        graph(
            About(
                "Limited requests", "Requests a second that were refused for their number, by the limit.", "reqps", 6
            ),
            [Query(total(rate("mailroom_limited_total"), "limit"), "{{limit}}")],
        ),
        graph(
            About("Jobs taken over", "Jobs of dead workers that were done again, point by point.", "short", 6),
            [Query(total(growth("mailroom_jobs_taken_over_total"), "instance"), "{{instance}}")],
        ),
        graph(
            About("Overdue", "For how long the oldest of a kind should have been gone: up to an hour is well.", "s", 6),
            [Query("max by (kind) (mailroom_upkeep_overdue_seconds)", "{{kind}}")],
        ),
        graph(
            About("Age of statistics", "Since when events aren't counted yet: a minute is well.", "s", 6),
            [Query("max(mailroom_statistics_age_seconds)", "age")],
        ),
    ]
