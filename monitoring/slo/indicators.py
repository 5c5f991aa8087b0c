"""How the events of each kind are counted, in PromQL: all that came in a second, and the bad ones among them.

Every expression is one number for all hosts and slots, without labels; the rule that it is for gives it its own.
"""

from __future__ import annotations

from collections.abc import Callable

from monitoring.rulebook import duration
from monitoring.slo.declared import Slo
from monitoring.slo.recipe import BASE_WINDOW


def events(slo: Slo) -> str:
    """Return the expression of events a second."""
    name = {"availability": "http_requests_total", "latency": "http_request_duration_seconds_count"}[slo.kind.name]
    return f"sum(rate({name}{{{_clients(slo)}}}[{BASE_WINDOW}]))"


def bad_events(slo: Slo) -> str:
    """Return the expression of bad events a second. With `slo:events:rate1m` it is 0 where nothing was bad."""
    return _BAD_EVENTS[slo.kind.name](slo)


def bad_now(slo: Slo) -> str:
    """Return the expression of how bad this moment is, 0 to 1, for a kind that counts time."""
    return _BAD_NOW[slo.kind.name](slo)


def _clients(slo: Slo) -> str:
    return f'job="{slo.app}-web", route!~"{slo.without_routes}"'


def _failed(slo: Slo) -> str:
    # A service that never failed may have no series of failures.
    return (
        f'sum(rate(http_requests_total{{{_clients(slo)}, status_class="5xx"}}[{BASE_WINDOW}]))\n'
        f'or on () 0 * slo:events:rate{BASE_WINDOW}{{slo="{slo.name}"}}'
    )


def _slow(slo: Slo) -> str:
    # Without a bucket of just this bound there is no answer, and SloUnmeasured says so.
    bound = f"{slo.within:g}"
    bucket = f'le="{bound}"' if "." in bound else f'le=~"{bound}([.]0)?"'
    return (
        f"sum(rate(http_request_duration_seconds_count{{{_clients(slo)}}}[{BASE_WINDOW}]))\n"
        f"- sum(rate(http_request_duration_seconds_bucket{{{_clients(slo)}, {bucket}}}[{BASE_WINDOW}]))"
    )


def _late(slo: Slo) -> str:
    # A queue that no worker has told of for that long is late as well, once there was a release with a worker.
    worker = f'job="{slo.app}-worker"'
    return (
        f"max({slo.app.replace('-', '_')}_queue_oldest_age_seconds{{{worker}}}) > bool {slo.within:g}\n"
        "or on () (\n"
        f"  max(max_over_time(up{{{worker}}}[{duration(slo.within)}])) == bool 0\n"
        f'  and on () max(max_over_time(slipway_lanes{{app="{slo.app}"}}[1h])) > 0\n'
        ")"
    )


def _unreachable(_: Slo) -> str:
    # Where there are several edges, each gets its share of the clients. One that nobody has reached within a day has
    # no release yet, so that it has broken no promise; of one that is gone for so long ProbeFailed tells.
    probe = 'probe_success{job="probe"}'
    return f"1 - avg({probe} and max_over_time({probe}[1d]) > 0)"


_BAD_EVENTS: dict[str, Callable[[Slo], str]] = {"availability": _failed, "latency": _slow}
_BAD_NOW: dict[str, Callable[[Slo], str]] = {"queue_age": _late, "reachability": _unreachable}
