"""Taking in what SES reports: the state of the message, its history, the suppression list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mailroom.errors import NotYet
from mailroom.feedback.effects import Effect, effect_of
from mailroom.feedback.entities import KnownMessage, Outcome, Report
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import FOLLOWS, Event, EventKind
from mailroom.suppressions.entities import Reason, Suppressed, listed_address

# SES may report before the worker has recorded SES's id: with all its pauses and timeouts that takes less than 50 s.
# SNS tries three times more, 20 s apart, so its last try finds this over.
_RECORDED_WITHIN = timedelta(seconds=55)


class Feedback(Protocol):
    """Notices that were taken in, and messages as they see them."""

    def remember(self, notice_id: str) -> bool:
        """Remember a notice. False where it was remembered already; waits for who is just taking it in."""

    def sent_as(self, provider_message_id: str) -> KnownMessage | None:
        """Return the message of that id at SES, kept from others until the transaction ends; or None."""

    def settle(self, message: KnownMessage, state: State, reason: str | None) -> None:
        """Put the message into a state; a reason of None leaves the one it has."""

    def note(self, event: Event) -> None:
        """Add to the history of a message."""

    def note_once(self, event: Event) -> bool:
        """Add to the history of a message, unless it has such an event. Returns whether it hadn't."""


class Suppressions(Protocol):
    """The suppression list, as feedback sees it."""

    def suppress(self, suppressed: Suppressed) -> bool:
        """Put an address on the list, or give it a graver reason. Returns whether anything changed."""


class FeedbackWork(Protocol):
    """One transaction over all of it."""

    @property
    def feedback(self) -> Feedback:
        """Notices and messages, inside this transaction."""

    @property
    def suppressions(self) -> Suppressions:
        """The suppression list, inside this transaction."""


class Counts(Protocol):
    """Counts what reports have done."""

    def happened(self, kind: EventKind) -> None:
        """Count one event that was noted."""

    def suppressed(self, reason: Reason) -> None:
        """Count one address that was put on the list, or got a graver reason."""


class _Early(Exception):
    """Leaves a transaction: the message may yet turn up."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a transaction did."""

    outcome: Outcome
    event: EventKind | None = None
    suppressed: int = 0


class FeedbackService:
    """Takes in reports. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[FeedbackWork]],
        counts: Counts,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._unit_of_work = unit_of_work
        self._counts = counts
        self._now = now

    def take(self, notice_id: str, report: Report) -> Outcome:
        """Do what follows from a report, once for each notice.

        Raises NotYet where the message may yet turn up, StorageUnavailable.
        """
        effect = effect_of(report)
        if effect is None:
            return Outcome.IGNORED
        try:
            with self._unit_of_work() as work:
                done = self._take(work, notice_id, report, effect)
        except _Early:
            self._suppress_early(report, effect)
            raise NotYet("There is no message of this id yet: report it again.") from None
        self._count(done, effect)
        return done.outcome

    def _take(self, work: FeedbackWork, notice_id: str, report: Report, effect: Effect) -> _Done:
        if not work.feedback.remember(notice_id):
            return _Done(Outcome.REPEATED)
        message = work.feedback.sent_as(report.provider_message_id)
        if message is None and self._now() - report.mailed_at < _RECORDED_WITHIN:
            raise _Early
        suppressed = _suppress(work, report, effect, message)
        if message is None:
            # Another sender's mail, through the same account. What it says of an address is true all the same, and
            # SES counts a bounce or complaint against the account, whoever sent the mail.
            return _Done(Outcome.UNKNOWN_MESSAGE, suppressed=suppressed)
        event = Event(message.id, effect.event, self._when(report, message), report.detail)
        if not effect.once:
            work.feedback.note(event)
            return _Done(Outcome.NOTED, effect.event, suppressed)
        # SES tells the same twice where an identity and a configuration set both have a topic.
        if not work.feedback.note_once(event):
            return _Done(Outcome.REPEATED, suppressed=suppressed)
        if effect.state not in FOLLOWS[message.state]:
            return _Done(Outcome.NOTED, effect.event, suppressed)
        work.feedback.settle(message, effect.state, report.detail if effect.suppresses else None)
        return _Done(Outcome.APPLIED, effect.event, suppressed)

    def _suppress_early(self, report: Report, effect: Effect) -> None:
        # What it says of an address needs no message, and this may be the last that is heard of it.
        if effect.suppresses is None:
            return
        with self._unit_of_work() as work:
            suppressed = _suppress(work, report, effect, None)
        self._count(_Done(Outcome.POSTPONED, suppressed=suppressed), effect)

    def _when(self, report: Report, message: KnownMessage) -> datetime:
        # SES's clock is another one than ours: a history that begins before its message would be odd to read.
        return max(message.created_at, min(report.happened_at, self._now()))

    def _count(self, done: _Done, effect: Effect) -> None:
        if done.event is not None:
            self._counts.happened(done.event)
        if effect.suppresses is not None:
            for _ in range(done.suppressed):
                self._counts.suppressed(effect.suppresses)


def _suppress(work: FeedbackWork, report: Report, effect: Effect, message: KnownMessage | None) -> int:
    """Suppress whom the report names and whom the message went to, and return how many entries changed.

    A server may name the address to which the recipient's mail is forwarded: the next mail would go the same way.
    """
    if effect.suppresses is None:
        return 0
    named = [*report.addresses, *([message.recipient] if message else [])]
    message_id = message.id if message else None
    return sum(
        work.suppressions.suppress(Suppressed(address, effect.suppresses, report.detail, message_id))
        for address in _in_order(named)
    )


def _in_order(addresses: Iterable[str]) -> list[str]:
    # In one order, or two notices of the same addresses could wait for each other.
    listed = {address for text in addresses if (address := listed_address(text)) is not None}
    return sorted(listed)
