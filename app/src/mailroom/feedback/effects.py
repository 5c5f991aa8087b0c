"""What a report does: to the message, its history, and the suppression list."""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.feedback.entities import Report, ReportKind
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import EventKind
from mailroom.suppressions.entities import Reason


@dataclass(frozen=True, slots=True)
class Effect:
    """The event that is noted, and where they follow from it the state of the message and why to suppress its address.

    One that is `once` can be true of a message only once: told again, it is no news.
    """

    event: EventKind
    state: State | None = None
    suppresses: Reason | None = None

    @property
    def once(self) -> bool:
        """Whether a second event of this kind says nothing new."""
        return self.state is not None


_LASTING = {
    ReportKind.BOUNCE: Effect(EventKind.BOUNCED, State.BOUNCED, Reason.BOUNCE),
    ReportKind.COMPLAINT: Effect(EventKind.COMPLAINED, State.COMPLAINED, Reason.COMPLAINT),
    ReportKind.DELIVERY: Effect(EventKind.DELIVERED, State.DELIVERED),
}
# SES may yet deliver what is delayed, and a bounce that isn't permanent may be somebody's holiday notice: such mail
# stays `sent`. One that SES rejects stays so too: SES had taken it, and sending it again would only be rejected again.
_PASSING = {
    ReportKind.BOUNCE: Effect(EventKind.SOFT_BOUNCED),
    ReportKind.DELIVERY_DELAY: Effect(EventKind.DELAYED),
    ReportKind.REJECT: Effect(EventKind.REJECTED),
    ReportKind.RENDERING_FAILURE: Effect(EventKind.REJECTED),
}


def effect_of(report: Report) -> Effect | None:
    """Return what the report does; None for one without any, such as a mail taken back out of the spam folder."""
    return (_LASTING if report.final else _PASSING).get(report.kind)
