"""PromQL as the panels need it.

Every rate is taken over Grafana's own interval: it is never so short that reads fall out of it, nor so long that a
graph of an hour is smoothed away. What a figure counts, it counts over the time that the reader looks at.
"""

from __future__ import annotations

# The hosts that the reader chose.
HERE = 'instance=~"$instance"'
# What asks for the service's health is no client.
CLIENTS = 'route!~"/health/.+"'
FAILED = 'status_class="5xx"'
MISTAKEN = 'status_class="4xx"'
# A release that all lanes of a host are on.
LIVE = 'live="true"'


def select(metric: str, *matchers: str) -> str:
    """Return a metric's series that all matchers are true of."""
    return f"{metric}{{{', '.join(matchers)}}}" if matchers else metric


def rate(metric: str, *matchers: str) -> str:
    """Return how much a counter gains a second, series by series."""
    return f"rate({select(metric, *matchers)}[$__rate_interval])"


def growth(metric: str, *matchers: str) -> str:
    """Return how much a counter gained from one point of a graph to the next, series by series."""
    return f"increase({select(metric, *matchers)}[$__rate_interval])"


def gained(metric: str, *matchers: str) -> str:
    """Return how much a counter gained in all of the time that is looked at, series by series."""
    return f"increase({select(metric, *matchers)}[$__range])"


def total(expr: str, by: str = "") -> str:
    """Return a sum; `by` lists the labels that stay."""
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


def share(part: str, whole: str) -> str:
    """Return a part of a whole, from 0 to 1; nothing where there is no whole."""
    return f"{part} / ({whole} > 0)"


def quantile(part: float, metric: str, *matchers: str, by: str = "") -> str:
    """Return the value under which a part of a histogram's observations is; `metric` without its `_bucket`."""
    return f"histogram_quantile({part}, {total(rate(f'{metric}_bucket', *matchers), f'{by}, le' if by else 'le')})"
