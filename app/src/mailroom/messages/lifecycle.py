"""The life of a message: which state may follow which, and what is noted of it.

scheduled -> queued -> sending -> sent -> delivered | bounced | complained
A worker that is killed, or an attempt that may be repeated, leads back to `queued`; a `failed` one is queued again by
hand. SES tells late and out of order: a complaint may follow a delivery. A worker that was taken for dead may tell late
too: what SES has taken is `sent`, whatever was made of the message meanwhile, or it would be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from mailroom.messages.entities import State

FOLLOWS: Mapping[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.QUEUED, State.SENDING, State.CANCELLED}),
    State.QUEUED: frozenset({State.SENDING, State.CANCELLED, State.SENT}),
    State.SENDING: frozenset({State.QUEUED, State.SENDING, State.SENT, State.FAILED, State.SUPPRESSED}),
    State.SENT: frozenset({State.DELIVERED, State.BOUNCED, State.COMPLAINED}),
    State.DELIVERED: frozenset({State.BOUNCED, State.COMPLAINED}),
    State.BOUNCED: frozenset(),
    State.COMPLAINED: frozenset(),
    State.FAILED: frozenset({State.QUEUED, State.SENT}),
    State.CANCELLED: frozenset({State.SENT}),
    State.SUPPRESSED: frozenset({State.SENT}),
}


def before(state: State) -> frozenset[State]:
    """Return the states that a state may follow."""
    return frozenset(earlier for earlier, later in FOLLOWS.items() if state in later)


class EventKind(StrEnum):
    """What can happen to a message. The counts of a day are of these."""

    ACCEPTED = "accepted"
    SENT = "sent"
    POSTPONED = "postponed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    RETRIED = "retried"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SOFT_BOUNCED = "soft_bounced"
    DELAYED = "delayed"
    REJECTED = "rejected"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message. `detail` is for people and may name addresses."""

    message_id: UUID
    kind: EventKind
    happened_at: datetime
    detail: str | None = None
