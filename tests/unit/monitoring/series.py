"""Series of two slots as Prometheus reads them every five seconds, in promtool's notation."""

from __future__ import annotations

from tests.unit.monitoring.gate import MOVED, STEP

START = MOVED - 10  # the new slot's process starts shortly before its first lanes
END = MOVED + 300
MIB = 1024 * 1024
ROUTES = ("/api/v1/messages", "/api/v1/keys", "/health/ready")
Series = dict[str, str]


def line(per_read: float, *, start: float = 0, first: float = 0) -> str:
    """Return the values of one series that begins at a time with a value and grows by so much each read."""
    silent = int(start // STEP)
    return (f"_x{silent} " if silent else "") + f"{first:g}+{per_read:g}x{int((END - start) // STEP)}"


def slot(
    colour: str,
    *,
    start: float = 0,
    requests: float = 20,
    failing: tuple[str, float] = ("", 0),
    slow: float = 0,
) -> Series:
    """Return what a slot tells.

    Args:
        colour: the slot.
        start: when its process starts.
        requests: requests on each route, host and read.
        failing: a route, and the part of its requests that fails.
        slow: seconds that every request takes longer than 8 ms.
    """
    series: Series = {}
    for host in ("app-1", "app-2"):
        labels = f'job="mailroom-web",instance="{host}",slot="{colour}"'
        series[f"up{{{labels}}}"] = (
            f"0x{int(start // STEP) - 1} " if start else ""
        ) + f"1x{int((END - start) // STEP)}"
        for path in ROUTES:
            there = f'{labels},method="GET",route="{path}"'
            bad = requests * failing[1] if path == failing[0] else 0
            for result, rate in (("2xx", requests - bad), ("5xx", bad)):
                series[f'http_requests_total{{{there},status_class="{result}"}}'] = line(rate, start=start)
            series |= durations(there, requests, slow, start)
    return series


def durations(labels: str, requests: float, slow: float, start: float, *, at_first: float = 0) -> Series:
    """Return a histogram in which requests take 8 ms, one in ten 20 ms, and all of them `slow` seconds more.

    So many requests `at_first`, as the process starts, take 200 ms.
    """
    shares = ((0.008 + slow, 0.9), (0.02 + slow, 0.1))
    bounds = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5)
    series = {}
    for bound in (*bounds, float("inf")):
        le = "+Inf" if bound == float("inf") else f"{bound:g}"
        per_read = requests * sum(share for seconds, share in shares if seconds <= bound)
        name = f'http_request_duration_seconds_bucket{{{labels},le="{le}"}}'
        series[name] = line(per_read, start=start, first=at_first if bound >= 0.2 else 0)
    return series


def memory(colour: str, growth: float = 0, *, start: float = START, first: float = 120) -> Series:
    """Return a slot's memory in a limit of 400 MiB: `first` MiB at its start, and `growth` MiB more each second."""
    labels = f'{{job="mailroom-web",instance="app-1",slot="{colour}"}}'
    return {
        f"slipway_slot_memory_bytes{labels}": line(growth * STEP * MIB, start=start, first=first * MIB),
        f"slipway_slot_memory_limit_bytes{labels}": line(0, start=start, first=400 * MIB),
    }


def restarts(unit: str, values: str) -> Series:
    """Return the restarts of a unit, as the host's exporter tells them (values one each STEP)."""
    return {f'node_systemd_service_restart_total{{job="node",instance="app-1",name="{unit}"}}': values}


def worker(values: str) -> Series:
    """Return whether the new slot's worker could be read."""
    return {'up{job="mailroom-worker",instance="app-1",slot="green"}': values}


def healthy() -> Series:
    """Return a release that works: both slots serve, memory stays, nothing restarts, the worker works."""
    return (
        slot("blue", requests=10)
        | slot("green", start=START, requests=10)
        | memory("green")
        | restarts("mailroom-web@green.service", "0x200")
        | restarts("mailroom-worker@green.service", "0x200")
        | worker(f"0x{MOVED // STEP} 1x100")
    )
