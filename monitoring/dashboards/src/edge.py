"""Edge: what nginx sees, by site, and what the probes see from outside of it."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, figure, graph, timeline
from monitoring.dashboards.src.promql import FAILED, HERE, quantile, rate, select, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import hosts

BOARD = Board(
    "slipway-edge",
    "Edge",
    "What nginx answers, by its own access log; its connections; and its pages and certificates as probes see them.",
    [hosts("nginx_up")],
)
# nginx's exporter has a counter of the same name, without sites: of all requests that nginx began.
_LOGGED = ('site!=""', HERE)
_REQUESTS = "nginx_http_requests_total"
_SECONDS = "nginx_http_request_duration_seconds"
_DAYS_LEFT = "(probe_ssl_earliest_cert_expiry - time()) / 86400"


def dashboard() -> models.Dashboard:
    """Show what clients meet first, then which site it is, then the connections and the probes."""
    return frame(BOARD, [_now(), _requests(), _sites(), _connections(), _probes()])


def _now() -> Section:
    errors = share(total(rate(_REQUESTS, *_LOGGED, FAILED)), total(rate(_REQUESTS, *_LOGGED)))
    return "", [
        figure(
            About("nginx", "Share of the hosts with nginx on which it answers.", "percentunit", 4),
            f"avg({select('nginx_up', HERE)})",
            limits=(1, 0.99),
        ),
        figure(
            About("Probes that pass", "Share of the probed pages that answer as a client expects.", "percentunit", 4),
            "avg(probe_success)",
            limits=(1, 0.99),
        ),
        figure(About("Requests", "Requests a second.", "reqps", 4), total(rate(_REQUESTS, *_LOGGED))),
        figure(
            About("Errors", "Share of requests answered with a 5xx.", "percentunit", 4), errors, limits=(0.01, 0.05)
        ),
        figure(
            About("p95", "19 of 20 requests are faster than this, as nginx measures them.", "s", 4),
            quantile(0.95, _SECONDS, *_LOGGED),
            limits=(0.1, 0.5),
        ),
        figure(
            About("Certificate", "Days until the first certificate ends.", "d", 4), f"min({_DAYS_LEFT})", limits=(21, 3)
        ),
    ]


def _requests() -> Section:
    errors = share(total(rate(_REQUESTS, *_LOGGED, FAILED), "instance"), total(rate(_REQUESTS, *_LOGGED), "instance"))
    return "Requests", [
        graph(
            About("Requests by result", "Requests a second by class of their status.", "reqps"),
            [Query(total(rate(_REQUESTS, *_LOGGED), "status_class"), "{{status_class}}")],
            stacked=True,
        ),
        graph(
            About("Errors by host", "Share of a host's requests that were answered with a 5xx.", "percentunit"),
            [Query(errors, "{{instance}}")],
        ),
        graph(
            About("Duration", "From a request's first byte to its answer's last: median, 95 and 99 of 100.", "s"),
            [Query(quantile(part, _SECONDS, *_LOGGED), f"p{part * 100:g}") for part in (0.5, 0.95, 0.99)],
        ),
    ]


def _sites() -> Section:
    errors = share(total(rate(_REQUESTS, *_LOGGED, FAILED), "site"), total(rate(_REQUESTS, *_LOGGED), "site"))
    return "By site", [
        graph(
            About("Requests by site", "Requests a second.", "reqps"),
            [Query(total(rate(_REQUESTS, *_LOGGED), "site"), "{{site}}")],
            stacked=True,
        ),
        graph(
            About("Errors by site", "Share of a site's requests that were answered with a 5xx.", "percentunit"),
            [Query(errors, "{{site}}")],
        ),
        graph(
            About("p95 by site", "19 of 20 of a site's requests are faster than this.", "s"),
            [Query(quantile(0.95, _SECONDS, *_LOGGED, by="site"), "{{site}}")],
        ),
    ]


def _connections() -> Section:
    states = ("reading", "writing", "waiting")
    dropped = f"{rate('nginx_connections_accepted', HERE)} - {rate('nginx_connections_handled', HERE)}"
    return "Connections", [
        graph(
            About(
                "Open connections", "Connections by what nginx does with them; waiting ones are kept alive.", "short"
            ),
            [Query(total(select(f"nginx_connections_{state}", HERE)), state) for state in states],
            stacked=True,
        ),
        graph(
            About("New connections", "Connections a second that nginx accepted.", "cps"),
            [Query(rate("nginx_connections_accepted", HERE), "{{instance}}")],
        ),
        graph(
            About("Dropped connections", "Connections a second that nginx, or the kernel before it, dropped.", "cps"),
            [
                Query(dropped, "{{instance}} nginx"),
                Query(
                    f"{rate('node_netstat_TcpExt_ListenOverflows', HERE)} and on (instance) {select('nginx_up', HERE)}",
                    "{{instance}} kernel",
                ),
            ],
        ),
    ]


def _probes() -> Section:
    return "Probes", [
        timeline(
            About("Pages", "When a page answered as a client expects.", "bool_on_off"),
            [Query("probe_success", "{{url}}")],
        ),
        graph(
            About("Duration of probes", "How long each part of a probe takes, the mean of all pages.", "s"),
            [Query("avg by (phase) (probe_http_duration_seconds)", "{{phase}}")],
            stacked=True,
        ),
        graph(
            About("Certificates", "Days until a page's certificate ends.", "d"),
            [Query(_DAYS_LEFT, "{{url}}")],
        ),
    ]
