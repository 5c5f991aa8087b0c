"""Whom to believe: whose topic, how old, signed by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mailroom.errors import NoticeRefused
from mailroom.feedback.entities import Notice

# SNS gives up after an hour (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
_OLDEST = timedelta(hours=1)
# How much our clock may be behind.
_AHEAD = timedelta(minutes=5)


class Signatures(Protocol):
    """Knows what SNS signed."""

    def check(self, notice: Notice) -> None:
        """Raise NoticeRefused unless SNS signed all of it; NotYet where that can't be told now."""


class Admission:
    """Lets in deliveries for `topics` that SNS signed of late."""

    def __init__(
        self,
        topics: frozenset[str],
        signatures: Signatures,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._topics = topics
        self._signatures = signatures
        self._now = now

    def check(self, notice: Notice) -> None:
        """Raise NoticeRefused unless the delivery is to be believed; NotYet where that can't be told now."""
        # What is cheap to tell comes first: nobody makes us fetch or reckon who doesn't know a topic.
        if notice.topic not in self._topics:
            raise NoticeRefused("The topic is not one of MAILROOM_SES_TOPICS.")
        self._check_age(notice.timestamp)
        self._signatures.check(notice)

    def _check_age(self, timestamp: str) -> None:
        try:
            age = self._now() - datetime.fromisoformat(timestamp)
        except (ValueError, TypeError):
            raise NoticeRefused("The Timestamp is no time with its zone.") from None
        if age > _OLDEST:
            raise NoticeRefused("The notice is older than an hour.")
        if -age > _AHEAD:
            raise NoticeRefused("The notice is from the future.")
