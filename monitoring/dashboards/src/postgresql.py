"""PostgreSQL: the one thing that must not stop, since it is the queue too."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph
from monitoring.dashboards.src.promql import HERE, gained, growth, rate, select, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import databases, hosts

BOARD = Board(
    "slipway-postgresql",
    "PostgreSQL",
    "Its connections, work, locks and disk, what would stop it one day, and what would be left: its backups.",
    [hosts("pg_up"), databases()],
)
_OURS = (HERE, 'datname=~"$datname"')
# Transaction ids are compared in a circle of 2^32: at this age the oldest would be taken for the future.
_AGE_MOST = 2**31


def dashboard() -> models.Dashboard:
    """Show whether it answers and has room, then what it does, who waits, and what grows."""
    return frame(BOARD, [_now(), _work(), _waiting(), _disk(), _safety()])


def _now() -> Section:
    hits = total(rate("pg_stat_database_blks_hit", *_OURS))
    reads = total(rate("pg_stat_database_blks_read", *_OURS))
    return "", [
        figure(
            About("PostgreSQL", "Share of the database hosts on which it answers.", "percentunit", 4),
            f"avg({select('pg_up', HERE)})",
            limits=(1, 0.99),
        ),
        figure(
            About("Connections", "Share of all connections that are in use.", "percentunit", 4),
            f"max({select('instance:postgresql_connections:ratio', HERE)})",
            limits=(0.6, 0.8),
        ),
        figure(
            About("Found in memory", "Share of blocks that didn't have to be read from disk.", "percentunit", 4),
            share(hits, f"({hits} + {reads})"),
            limits=(0.99, 0.9),
        ),
        figure(
            About("Oldest transaction", "Since when the oldest transaction has been open.", "s", 4),
            f"max({select('pg_stat_activity_max_tx_duration', *_OURS)})",
            limits=(300, 900),
        ),
        figure(
            About("Deadlocks", "Deadlocks in this time.", "short", 4),
            total(gained("pg_stat_database_deadlocks", *_OURS)),
            limits=(1, 10),
        ),
        figure(
            About("Size", "All chosen databases together.", "bytes", 4),
            total(select("pg_database_size_bytes", *_OURS)),
        ),
    ]


def _work() -> Section:
    rows = {"fetched": "read", "inserted": "inserted", "updated": "updated", "deleted": "deleted"}
    hits = total(rate("pg_stat_database_blks_hit", *_OURS), "datname")
    reads = total(rate("pg_stat_database_blks_read", *_OURS), "datname")
    return "Work", [
        graph(
            About("Transactions", "Transactions a second, by how they ended.", "ops"),
            [
                Query(total(rate("pg_stat_database_xact_commit", *_OURS)), "committed"),
                Query(total(rate("pg_stat_database_xact_rollback", *_OURS)), "rolled back"),
            ],
            stacked=True,
        ),
        graph(
            About("Rows", "Rows a second, by what was done with them.", "ops"),
            [Query(total(rate(f"pg_stat_database_tup_{kind}", *_OURS)), name) for kind, name in rows.items()],
        ),
        graph(
            About(
                "Found in memory", "Share of a database's blocks that didn't have to be read from disk.", "percentunit"
            ),
            [Query(share(hits, f"({hits} + {reads})"), "{{datname}}")],
            maximum=1,
        ),
    ]


def _waiting() -> Section:
    return "Connections, transactions and locks", [
        graph(
            About("Connections by state", "Connections by what they do; `idle in transaction` holds locks.", "short"),
            [Query(f"{total(select('pg_stat_activity_count', *_OURS), 'state')} > 0", "{{state}}")],
            stacked=True,
        ),
        graph(
            About("Oldest transaction", "Since when the oldest transaction has been open.", "s"),
            [Query(f"max by (datname) ({select('pg_stat_activity_max_tx_duration', *_OURS)})", "{{datname}}")],
        ),
        graph(
            About("Locks", "Locks that are held or waited for, by their mode.", "short"),
            [Query(f"{total(select('pg_locks_count', *_OURS), 'mode')} > 0", "{{mode}}")],
        ),
    ]


def _disk() -> Section:
    checkpoints = {"timed": "in time", "requested": "forced"}
    return "Disk", [
        graph(
            About("Size", "What each database takes on disk.", "bytes"),
            [Query(f"max by (datname) ({select('pg_database_size_bytes', *_OURS)})", "{{datname}}")],
        ),
        graph(
            About(
                "Checkpoints", "Checkpoints, point by point; forced ones mean that max_wal_size is too small.", "short"
            ),
            [
                Query(growth(f"pg_stat_checkpointer_num_{kind}_total", HERE), f"{{{{instance}}}} {name}")
                for kind, name in checkpoints.items()
            ],
        ),
        graph(
            About("Temporary files", "Bytes a second that sorts and joins wrote to disk for want of work_mem.", "Bps"),
            [Query(total(rate("pg_stat_database_temp_bytes", *_OURS), "datname"), "{{datname}}")],
        ),
    ]


def _safety() -> Section:
    age = f"max by (datname) ({select('pg_database_wraparound_age_datfrozenxid_seconds', *_OURS)}) / {_AGE_MOST}"
    archived = {"archived": "archived", "failed": "failed"}
    backup = f"time() - ({select('slipway_backup_last_success_timestamp_seconds', HERE)} > 0)"
    return "What would stop it, and what would be left", [
        graph(
            # The exporter calls it seconds; it counts transactions.
            About(
                "Age of transaction ids", "Share of the age at which PostgreSQL stops taking writes.", "percentunit", 6
            ),
            [Query(age, "{{datname}}")],
        ),
        graph(
            About("WAL", "What the write-ahead log takes on disk; it grows while it can't be archived.", "bytes", 6),
            [Query(select("pg_wal_size_bytes", HERE), "{{instance}}")],
        ),
        graph(
            About("Archiving", "Segments of WAL, point by point, by what came of archiving them.", "short", 6),
            [
                Query(growth(f"pg_stat_archiver_{kind}_count", HERE), f"{{{{instance}}}} {name}")
                for kind, name in archived.items()
            ],
        ),
        graph(
            About("Last backup", "How old each backup is that is expected here, once there was one.", "s", 6),
            [Query(backup, "{{instance}} {{backup}}")],
        ),
    ]
