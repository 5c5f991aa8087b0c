"""What SNS delivers, and what SES reports in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from mailroom.messages.entities import State


class NoticeType(StrEnum):
    """What a delivery of SNS is."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


@dataclass(frozen=True, slots=True)
class Notice:
    """One delivery of SNS, as it came: nothing in it is to be believed before its signature is checked.

    `token` and `subscribe_url` are there in confirmations only.
    """

    type: NoticeType
    id: str
    topic: str
    message: str = field(repr=False)
    timestamp: str
    signature_version: str
    signature: str = field(repr=False)
    certificate_url: str
    subject: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    subscribe_url: str | None = field(default=None, repr=False)


class ReportKind(StrEnum):
    """What SES can report of a mail."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELIVERY = "delivery"
    REJECT = "reject"
    DELIVERY_DELAY = "delivery_delay"
    RENDERING_FAILURE = "rendering_failure"


@dataclass(frozen=True, slots=True)
class Report:
    """What SES reports of one mail. Times are aware.

    Attributes:
        kind: what happened.
        provider_message_id: SES's id of the mail.
        mailed_at: when SES took the mail.
        happened_at: when it happened.
        addresses: whose mail it was, as SES writes them.
        final: whether it says something lasting of these: a bounce that is permanent, a complaint that is one.
        detail: what SES says of it, for people; may name addresses.

    """

    kind: ReportKind
    provider_message_id: str
    mailed_at: datetime
    happened_at: datetime
    addresses: tuple[str, ...] = field(default=(), repr=False)
    final: bool = False
    detail: str | None = field(default=None, repr=False)


class Outcome(StrEnum):
    """What came of a delivery of SNS."""

    APPLIED = "applied"
    NOTED = "noted"
    REPEATED = "repeated"
    UNKNOWN_MESSAGE = "unknown_message"
    IGNORED = "ignored"
    CONFIRMED = "confirmed"
    POSTPONED = "postponed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message as feedback sees it."""

    id: UUID
    recipient: str = field(repr=False)
    state: State
    created_at: datetime
