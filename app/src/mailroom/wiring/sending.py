"""How the worker sends: a transport with its breaker and its share of the quota, and who waits for a turn with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from mailroom.config import UnsubscribeSettings, WorkerSettings
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.delivery.admission import Admission
from mailroom.delivery.allowance import Allowance
from mailroom.delivery.breaker import Breaker
from mailroom.delivery.guarded import GuardedTransport
from mailroom.delivery.metrics import TransportMetrics
from mailroom.delivery.mime import UnsubscribeLink, writer
from mailroom.delivery.service import DeliveryService
from mailroom.delivery.traced import TracedTransport
from mailroom.delivery.transport import Transport
from mailroom.delivery.transports import open_transport
from mailroom.delivery.worker import DEAD_AFTER_SECONDS
from mailroom.suppressions import unsubscribe_token
from mailroom.tracing.tracer import Tracer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """Who delivers, by which transport, and when it's a message's turn."""

    service: DeliveryService
    transport: Transport
    admission: Admission


def make_sending(
    settings: WorkerSettings, unit_of_work: UnitOfWorkFactory, tracer: Tracer, metrics: TransportMetrics
) -> Sending:
    """Return what delivers messages. The transport's connections are the caller's to close."""
    delivery = settings.delivery
    inner, source = open_transport(settings.transport, delivery.concurrency, writer(_link(settings.unsubscribing)))
    breaker = Breaker(delivery.breaker_failures, delivery.breaker_open, metrics.breaker)
    allowance = Allowance(source, _workers_counted_by(unit_of_work), delivery.rate, metrics.share)
    transport = GuardedTransport(TracedTransport(inner, tracer), breaker, allowance, metrics.called)
    return Sending(
        service=DeliveryService(unit_of_work, transport, delivery),
        transport=transport,
        admission=Admission(breaker, allowance, metrics.waited),
    )


def _workers_counted_by(unit_of_work: UnitOfWorkFactory) -> Callable[[], int]:
    def count() -> int:
        with unit_of_work() as work:
            return work.queue.live_workers(DEAD_AFTER_SECONDS)

    return count


def _link(settings: UnsubscribeSettings | None) -> UnsubscribeLink | None:
    if settings is None:
        logger.info("mails carry no links to unsubscribe: set MAILROOM_PUBLIC_URL and the secret unsubscribe_keys")
        return None

    def link(message_id: UUID) -> str:
        return f"{settings.public_url}/unsubscribe/{unsubscribe_token.make(settings.keys, message_id)}"

    return link
