"""Wiring of the worker: pool, transport, metrics, queue."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App, PsycopgConnector
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from mailroom.config import WorkerSettings
from mailroom.db.pool import connection_string, open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.delivery.service import DeliveryService
from mailroom.delivery.ses import ses_transport
from mailroom.delivery.tasks import delivering_app
from mailroom.delivery.worker import Worker
from mailroom.errors import ConfigurationError
from mailroom.metrics import WorkerMetrics

logger = logging.getLogger(__name__)


def run_worker(settings: WorkerSettings) -> None:
    """Deliver until SIGTERM. Raises ConfigurationError where the metrics' address can't be taken."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    metrics = WorkerMetrics(registry)
    _serve_metrics(settings, registry)
    concurrency = settings.delivery.concurrency
    pool = open_pool(settings.database, "worker")
    unit_of_work = units_of_work(pool, deferring_app())
    transport = ses_transport(settings.ses_region, settings.aws_credentials, concurrency)
    service = DeliveryService(unit_of_work, transport, settings.delivery)
    with ThreadPoolExecutor(concurrency, thread_name_prefix="delivery") as threads:

        def make_app() -> App:
            return delivering_app(_connector(settings), service, threads, metrics.attempted)

        async def work() -> None:
            await Worker(make_app, concurrency, _Chores(unit_of_work, metrics)).run()

        asyncio.run(work())
    pool.close()


class _Chores:
    def __init__(self, unit_of_work: UnitOfWorkFactory, metrics: WorkerMetrics) -> None:
        self._unit_of_work = unit_of_work
        self._metrics = metrics

    def measure_queue(self) -> None:
        with self._unit_of_work() as work:
            self._metrics.queue(*work.messages.waiting())

    def taken_over(self, jobs: int) -> None:
        self._metrics.taken_over.inc(jobs)


def _connector(settings: WorkerSettings) -> PsycopgConnector:
    # Procrastinate's own connections: one for its bookkeeping, a second when both halves want one; LISTEN has a third.
    return PsycopgConnector(
        conninfo=connection_string(settings.database, "queue"),
        min_size=1,
        max_size=2,
        timeout=settings.database.checkout_timeout,
    )


def _serve_metrics(settings: WorkerSettings, registry: CollectorRegistry) -> None:
    try:
        start_http_server(settings.metrics_port, settings.metrics_host, registry)
    except OSError as error:
        raise ConfigurationError(
            f"metrics can't be served on MAILROOM_METRICS_HOST={settings.metrics_host} "
            f"MAILROOM_WORKER_METRICS_PORT={settings.metrics_port}: {error.strerror}"
        ) from error
