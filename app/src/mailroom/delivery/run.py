"""Starting the worker: the only place that knows all its parts and puts them together."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from procrastinate import App, PsycopgConnector
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from mailroom.config import WorkerSettings
from mailroom.db.pool import connection_string, open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.chores import QueueChores
from mailroom.delivery.metrics import TransportMetrics
from mailroom.delivery.queue import deferring_app
from mailroom.delivery.tasks import Attempting, delivering_app
from mailroom.delivery.worker import Worker
from mailroom.errors import ConfigurationError
from mailroom.metrics import WorkerMetrics
from mailroom.tracing.tracer import open_tracer
from mailroom.upkeep.metrics import UpkeepMetrics
from mailroom.upkeep.tasks import QUEUE, add_upkeep
from mailroom.wiring.sending import make_sending
from mailroom.wiring.upkeep import make_upkeep


def run_worker(settings: WorkerSettings) -> None:
    """Deliver messages until SIGTERM or SIGINT, then finish what is in hand."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    metrics = WorkerMetrics(registry)
    _serve_metrics(settings, registry)
    tracer, concurrency = open_tracer(settings.tracing, "worker"), settings.delivery.concurrency
    with closing(tracer), closing(open_pool(settings.database, "worker", tracer)) as pool:
        unit_of_work = units_of_work(pool, deferring_app())
        sending = make_sending(settings, unit_of_work, tracer, TransportMetrics(registry))
        ending = threading.Event()
        upkeep = make_upkeep(settings.retention, unit_of_work, UpkeepMetrics(registry), ending)
        with (
            closing(sending.transport),
            ThreadPoolExecutor(concurrency, thread_name_prefix="delivery") as threads,
            ThreadPoolExecutor(1, thread_name_prefix="upkeep") as thread,
        ):

            def make_app() -> App:
                attempting = Attempting(sending.service, threads, metrics.attempted, tracer)
                app = delivering_app(_connector(settings), attempting, sending.admission)
                add_upkeep(app, upkeep, thread)
                return app

            async def work() -> None:
                chores = QueueChores(unit_of_work, metrics, sending.admission, upkeep, ending)
                await Worker(make_app, concurrency, chores, aside=[QUEUE]).run()

            asyncio.run(work())


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
