"""The least of gunicorn's configuration that serves Mailroom and its metrics."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

bind = f"unix:{os.environ['TEST_SOCKET']}"
worker_class = "gthread"
workers = 2
threads = 4
control_socket_disable = True


def when_ready(_: object) -> None:
    """Serve what all workers measured."""
    registry = CollectorRegistry()
    collect: Callable[[CollectorRegistry], object] = MultiProcessCollector
    collect(registry)
    start_http_server(int(os.environ["TEST_METRICS_PORT"]), "127.0.0.1", registry)
