"""Rate, errors and duration of requests by route, under the names that the gate asks for."""

from __future__ import annotations

import time

import falcon
from prometheus_client import Counter, Histogram

REQUESTS = Counter("http_requests", "HTTP requests answered.", ["method", "route", "status_class"])
DURATIONS = Histogram("http_request_duration_seconds", "Time to an answer.", ["method", "route"])
ROUTES = (("GET", "/"), ("GET", "/entries"), ("POST", "/entries"), ("GET", "/healthz"))


class Measured:
    """Counts each request. A counter that begins at 1 would hide the first error, so all begin at 0."""

    def __init__(self) -> None:
        """Begin at 0."""
        for method, route in ROUTES:
            DURATIONS.labels(method, route)
            for status_class in ("2xx", "4xx", "5xx"):
                REQUESTS.labels(method, route, status_class)

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Note when the request came."""
        req.context.began = time.perf_counter()

    def process_response(self, req: falcon.Request, resp: falcon.Response, _resource: object, _good: object) -> None:
        """Count the answer."""
        route = req.uri_template or "none"
        REQUESTS.labels(req.method, route, f"{resp.status_code // 100}xx").inc()
        DURATIONS.labels(req.method, route).observe(time.perf_counter() - req.context.began)
