"""Hosts: of each resource how much of it is used, who waits for it, and what went wrong with it.

The method is USE (https://www.brendangregg.com/usemethod.html): a row for each resource, all hosts in each panel.
"""

from __future__ import annotations

from monitoring.dashboards.src import variables
from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph
from monitoring.dashboards.src.promql import HERE, gained, growth, rate, select, total
from monitoring.dashboards.src.sdk import models

BOARD = Board(
    "slipway-hosts",
    "Hosts",
    "Utilisation, saturation and errors of each resource, all hosts side by side. A click on a line leads to its host.",
    [variables.hosts("node_uname_info")],
)
_ONE = ("This host", "/d/slipway-host?var-instance=${__field.labels.instance}")
_HOST = "{{instance}}"
_NODE = 'job="node"'
_STOLEN = 'mode="steal"'
_WAITING = "Share of the time in which something waited for {}."


def dashboard() -> models.Dashboard:
    """Show a row for each resource, and in it utilisation, saturation, errors."""
    return frame(BOARD, [_now(), _processors(), _memory(), _disks(), _network()])


def _now() -> Section:
    return "", [
        figure(
            About("Hosts", "Share of the chosen hosts that can be read.", "percentunit", 4),
            f"avg({select('up', _NODE, HERE)})",
            limits=(1, 0.99),
        ),
        figure(
            About("Processors", "How busy the busiest host is, over 5 minutes.", "percentunit", 4),
            f"max({select('instance:cpu_busy:ratio_rate5m', HERE)})",
            limits=(0.7, 0.9),
        ),
        figure(
            About(
                "Memory available",
                "Share of memory that programs can still get, on the host with the least.",
                "percentunit",
                4,
            ),
            f"min({select('instance:memory_available:ratio', HERE)})",
            limits=(0.15, 0.08),
        ),
        figure(
            About("Disk available", "Share that is free, on the fullest file system.", "percentunit", 4),
            f"min({select('instance:filesystem_available:ratio', HERE)})",
            limits=(0.2, 0.05),
        ),
        figure(
            About("Failed units", "Units that systemd calls failed, on all chosen hosts.", "short", 4),
            total(select("node_systemd_units", 'state="failed"', HERE)),
            limits=(1, 3),
        ),
        figure(
            About("Killed processes", "Processes that the kernel killed for want of memory, in this time.", "short", 4),
            total(gained("node_vmstat_oom_kill", HERE)),
            limits=(1, 3),
        ),
    ]


def _processors() -> Section:
    stolen = f"avg by (instance) ({rate('node_cpu_seconds_total', _STOLEN, HERE)})"
    return "Processors: utilisation, saturation, errors", [
        graph(
            About("Busy", "Share of all processors that is busy, over 5 minutes.", "percentunit", link=_ONE),
            [Query(select("instance:cpu_busy:ratio_rate5m", HERE), _HOST)],
            maximum=1,
        ),
        graph(
            About("Waiting for a processor", _WAITING.format("a processor"), "percentunit", link=_ONE),
            [Query(rate("node_pressure_cpu_waiting_seconds_total", HERE), _HOST)],
            maximum=1,
        ),
        graph(
            About(
                "Stolen",
                "Share of the processors that other machines on the same hardware took.",
                "percentunit",
                link=_ONE,
            ),
            [Query(stolen, _HOST)],
        ),
    ]


def _memory() -> Section:
    return "Memory: utilisation, saturation, errors", [
        graph(
            About("In use", "Share of memory that programs can't get any more.", "percentunit", link=_ONE),
            [Query(f"1 - {select('instance:memory_available:ratio', HERE)}", _HOST)],
            maximum=1,
        ),
        graph(
            About("Waiting for memory", _WAITING.format("memory"), "percentunit", link=_ONE),
            [Query(rate("node_pressure_memory_waiting_seconds_total", HERE), _HOST)],
            maximum=1,
        ),
        graph(
            About("Killed", "Processes that the kernel killed for want of memory, point by point.", "short", link=_ONE),
            [Query(growth("node_vmstat_oom_kill", HERE), _HOST)],
        ),
    ]


def _disks() -> Section:
    return "Disks: utilisation, saturation, errors", [
        graph(
            About("Disk busy", "Share of the time in which a disk had something to do.", "percentunit", link=_ONE),
            [Query(rate("node_disk_io_time_seconds_total", HERE), "{{instance}} {{device}}")],
            maximum=1,
        ),
        graph(
            About("Waiting for a disk", _WAITING.format("a disk"), "percentunit", link=_ONE),
            [Query(rate("node_pressure_io_waiting_seconds_total", HERE), _HOST)],
            maximum=1,
        ),
        graph(
            About(
                "Unreadable or read-only",
                "File systems that can't be read, and those that can't be written to.",
                "short",
                link=_ONE,
            ),
            [
                Query(total(select("node_filesystem_device_error", HERE), "instance"), "{{instance}} unreadable"),
                Query(total(select("node_filesystem_readonly", HERE), "instance"), "{{instance}} read-only"),
            ],
        ),
    ]


def _network() -> Section:
    lost = (
        f"{total(rate('node_network_receive_errs_total', HERE), 'instance')}"
        f" + {total(rate('node_network_transmit_errs_total', HERE), 'instance')}"
        f" + {total(rate('node_network_receive_drop_total', HERE), 'instance')}"
        f" + {total(rate('node_network_transmit_drop_total', HERE), 'instance')}"
    )
    again = f"{rate('node_netstat_Tcp_RetransSegs', HERE)} / ({rate('node_netstat_Tcp_OutSegs', HERE)} > 0)"
    return "Network: utilisation, saturation, errors", [
        graph(
            About("Traffic", "Bytes a second in and out, loopback not counted.", "Bps", link=_ONE),
            [
                Query(total(rate("node_network_receive_bytes_total", HERE), "instance"), "{{instance}} in"),
                Query(total(rate("node_network_transmit_bytes_total", HERE), "instance"), "{{instance}} out"),
            ],
        ),
        graph(
            About("Sent again", "Share of TCP's segments that had to be sent again.", "percentunit", link=_ONE),
            [Query(again, _HOST)],
        ),
        graph(
            About("Lost", "Packets a second that were dropped or broken.", "pps", link=_ONE),
            [Query(lost, _HOST)],
        ),
    ]
