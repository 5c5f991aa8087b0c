"""Taking in what SNS delivers, by what it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from mailroom.errors import MailroomError, NotYet, StorageUnavailable, SwitchedOff
from mailroom.feedback.admission import Admission
from mailroom.feedback.entities import Notice, NoticeType, Outcome, Report
from mailroom.feedback.reports import read_report

logger = logging.getLogger(__name__)

# As what a notice is counted that is no report.
TYPES = {
    NoticeType.NOTIFICATION: "other",
    NoticeType.SUBSCRIPTION: "subscription",
    NoticeType.UNSUBSCRIPTION: "unsubscription",
}


class Reports(Protocol):
    """Takes in what SES reports."""

    def take(self, notice_id: str, report: Report) -> Outcome:
        """Do what follows from a report, once for each notice. Raises NotYet, StorageUnavailable."""


class Intake(Protocol):
    """Where deliveries of SNS go."""

    def take(self, notice: Notice) -> Outcome:
        """Check a delivery and do what follows from it.

        Raises SwitchedOff, NoticeRefused, InvalidRequest, NotYet (SNS will deliver it again), StorageUnavailable.
        """


class ClosedIntake:
    """Takes in nothing, for want of topics."""

    def take(self, notice: Notice) -> Outcome:
        """Raise SwitchedOff."""
        del notice
        raise SwitchedOff("the setting MAILROOM_SES_TOPICS")


class NoticeIntake:
    """Takes in the deliveries that are let in.

    `confirm` visits a SubscribeURL; `count` is told of each delivery its type and what came of it.
    """

    def __init__(
        self,
        admission: Admission,
        confirm: Callable[[Notice], None],
        reports: Reports,
        count: Callable[[str, Outcome], None],
    ) -> None:
        self._admission = admission
        self._confirm = confirm
        self._reports = reports
        self._count = count

    def take(self, notice: Notice) -> Outcome:
        """Check a delivery and do what follows from it. Raises as Intake says, but for SwitchedOff."""
        kind = TYPES[notice.type]
        try:
            self._admission.check(notice)
            report = read_report(notice.message) if notice.type is NoticeType.NOTIFICATION else None
            kind = report.kind.value if report else kind
            outcome = self._act(notice, report)
        except (NotYet, StorageUnavailable):
            self._count(kind, Outcome.POSTPONED)
            raise
        except MailroomError as error:
            self._count(kind, Outcome.REFUSED)
            logger.warning("a notice was refused", extra={"notice_id": notice.id, "reason": type(error).__name__})
            raise
        self._count(kind, outcome)
        return outcome

    def _act(self, notice: Notice, report: Report | None) -> Outcome:
        if report is not None:
            outcome = self._reports.take(notice.id, report)
            found = {"notice_id": notice.id, "kind": report.kind.value, "outcome": outcome.value}
            logger.info("a notice was taken in", extra=found)
            return outcome
        if notice.type is NoticeType.SUBSCRIPTION:
            self._confirm(notice)
            logger.info("a subscription was confirmed", extra={"topic": notice.topic})
            return Outcome.CONFIRMED
        if notice.type is NoticeType.UNSUBSCRIPTION:
            logger.warning("SNS will deliver no more notices of a topic", extra={"topic": notice.topic})
            return Outcome.NOTED
        return Outcome.IGNORED
