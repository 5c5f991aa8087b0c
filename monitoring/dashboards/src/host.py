"""One host: everything that it tells of itself."""

from __future__ import annotations

from monitoring.dashboards.src import variables
from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.promql import growth, rate, select, share, total
from monitoring.dashboards.src.sdk import models

BOARD = Board(
    "slipway-host",
    "One host",
    "Processors, memory, disks, network and units of one host.",
    [variables.host()],
)
_HERE = 'instance="$instance"'
_DISKS = 'fstype!~"tmpfs|ramfs|overlay"'


def dashboard() -> models.Dashboard:
    """Show what is scarce first, then each resource, then the units that use them."""
    return frame(BOARD, [_now(), _processors(), _disks(), _network(), _units()])


def _now() -> Section:
    return "", [
        figure(
            About("Up", "Since when the host has been up.", "s", 4),
            f"time() - {select('node_boot_time_seconds', _HERE)}",
        ),
        figure(
            About("Processors", "Share of all processors that is busy, over 5 minutes.", "percentunit", 4),
            select("instance:cpu_busy:ratio_rate5m", _HERE),
            limits=(0.7, 0.9),
        ),
        figure(
            About("Memory available", "Share of memory that programs can still get.", "percentunit", 4),
            select("instance:memory_available:ratio", _HERE),
            limits=(0.15, 0.08),
        ),
        figure(
            About("Disk available", "Share that is free, on the fullest file system.", "percentunit", 4),
            f"min({select('instance:filesystem_available:ratio', _HERE)})",
            limits=(0.2, 0.05),
        ),
        figure(
            About("Failed units", "Units that systemd calls failed.", "short", 4),
            total(select("node_systemd_units", 'state="failed"', _HERE)),
            limits=(1, 3),
        ),
        figure(
            About("Clock", "How far the clock is from the monitoring host's, a read's duration included.", "s", 4),
            f"abs({select('node_time_seconds', _HERE)} - timestamp({select('node_time_seconds', _HERE)}))",
            limits=(1, 2),
        ),
    ]


def _processors() -> Section:
    seconds = rate("node_cpu_seconds_total", _HERE, 'mode!="idle"')
    idle = rate("node_cpu_seconds_total", _HERE, 'mode="idle"')
    processors = f"count({idle})"
    memory = {"MemTotal": "all", "MemAvailable": "available", "AnonPages": "of programs", "Cached": "cached files"}
    waits = {"cpu": "a processor", "memory": "memory", "io": "a disk"}
    return "Processors and memory", [
        graph(
            About("Processors", "Share of all processors, by what they are busy with.", "percentunit", 6),
            [Query(f"{total(seconds, 'mode')} / scalar({processors})", "{{mode}}")],
            stacked=True,
            maximum=1,
        ),
        graph(
            About("Load", "Processes that run or want to, beside the number of processors.", "short", 6),
            [
                Query(select("node_load1", _HERE), "1 minute"),
                Query(select("node_load15", _HERE), "15 minutes"),
                Query(processors, "processors"),
            ],
        ),
        graph(
            About("Waiting", "Share of the time in which something waited, by what for.", "percentunit", 6),
            [Query(rate(f"node_pressure_{kind}_waiting_seconds_total", _HERE), name) for kind, name in waits.items()],
        ),
        graph(
            About("Memory", "What memory there is, and what holds it.", "bytes", 6),
            [Query(select(f"node_memory_{kind}_bytes", _HERE), name) for kind, name in memory.items()],
        ),
    ]


def _disks() -> Section:
    inodes = share(select("node_filesystem_files_free", _HERE, _DISKS), select("node_filesystem_files", _HERE, _DISKS))
    return "Disks", [
        graph(
            About("Free", "Share of each file system that is free for ordinary users.", "percentunit", 6),
            [Query(select("instance:filesystem_available:ratio", _HERE), "{{mountpoint}}")],
            maximum=1,
        ),
        graph(
            About("Free inodes", "Share of the files that each file system can still take.", "percentunit", 6),
            [Query(inodes, "{{mountpoint}}")],
            maximum=1,
        ),
        graph(
            About("Read and written", "Bytes a second, by disk.", "Bps", 6),
            [
                Query(rate("node_disk_read_bytes_total", _HERE), "{{device}} read"),
                Query(rate("node_disk_written_bytes_total", _HERE), "{{device}} written"),
            ],
        ),
        graph(
            About("Busy", "Share of the time in which a disk had something to do.", "percentunit", 6),
            [Query(rate("node_disk_io_time_seconds_total", _HERE), "{{device}}")],
            maximum=1,
        ),
    ]


def _network() -> Section:
    tables = {
        "node_filefd_allocated": "node_filefd_maximum",
        "node_nf_conntrack_entries": "node_nf_conntrack_entries_limit",
    }
    names = ("open files", "tracked connections")
    return "Network and kernel", [
        graph(
            About("Traffic", "Bytes a second by link, loopback not counted.", "Bps", 6),
            [
                Query(rate("node_network_receive_bytes_total", _HERE), "{{device}} in"),
                Query(rate("node_network_transmit_bytes_total", _HERE), "{{device}} out"),
            ],
        ),
        graph(
            About("Connections", "TCP connections that are open.", "short", 6),
            [Query(select("node_netstat_Tcp_CurrEstab", _HERE), "open")],
        ),
        graph(
            About("Tables", "How full the kernel's tables are.", "percentunit", 6),
            [
                Query(f"{select(part, _HERE)} / {select(whole, _HERE)}", name)
                for (part, whole), name in zip(tables.items(), names, strict=True)
            ],
        ),
        graph(
            About("Swapped and loaded", "Pages a second that had to come from disk.", "ops", 6),
            [
                Query(rate("node_vmstat_pgmajfault", _HERE), "loaded"),
                Query(rate("node_vmstat_pswpin", _HERE), "swapped in"),
            ],
        ),
    ]


def _units() -> Section:
    running = select("node_systemd_unit_state", _HERE, 'state="active"', 'type!="oneshot"')
    return "Units", [
        timeline(
            About("Running", "When each service that is watched was running.", "bool_on_off", 12),
            [Query(running, "{{name}}")],
        ),
        graph(
            About("Restarts", "How often systemd restarted a service, point by point.", "short", 12, beside=True),
            [Query(f"{growth('node_systemd_service_restart_total', _HERE)} > 0", "{{name}}")],
        ),
    ]
