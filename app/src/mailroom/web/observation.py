"""What is told of every request: its id, its release, its log line, its metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from mailroom.metrics import WebMetrics
from mailroom.release import current_release
from mailroom.request_ids import accept_or_make, request_id_in_hand

logger = logging.getLogger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What no rule matches is one series, or a scanner of paths would make thousands.
_UNMATCHED = "unmatched"


def observe_requests(app: Flask, metrics: WebMetrics, pool_statistics: Callable[[], dict[str, int]]) -> None:
    """Give every request an id and a release, and count and log it under its rule, never under its path."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = accept_or_make(request.headers.get("X-Request-ID"))
        request_id_in_hand.set(g.request_id)
        metrics.in_progress.inc()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        response.headers["X-Release"] = current_release()
        _tell(metrics, response.status_code)
        metrics.pool(pool_statistics())
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        metrics.in_progress.dec()
        request_id_in_hand.set(None)

    metrics.expect(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    )


def _tell(metrics: WebMetrics, status: int) -> None:
    seconds = time.perf_counter() - g.began
    method = request.method if request.method in _METHODS else "other"
    route = request.url_rule.rule if request.url_rule else _UNMATCHED
    metrics.answered(method, route, status, seconds)
    if g.get("unexpected"):
        metrics.unexpected.inc()
    logger.info(
        "answered",
        extra={"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 2)},
    )
