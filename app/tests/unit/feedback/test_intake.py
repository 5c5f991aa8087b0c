from __future__ import annotations

from collections import Counter

import pytest

from mailroom.errors import InvalidRequest, MailroomError, NoticeRefused, NotYet, StorageUnavailable, SwitchedOff
from mailroom.feedback.admission import Admission
from mailroom.feedback.entities import Notice, NoticeType, Outcome, Report
from mailroom.feedback.intake import ClosedIntake, NoticeIntake
from support.sns import NOW, TOPIC, bounce, confirmation, notification


class Parts:
    """All that an intake joins; each part raises what it is told to."""

    def __init__(self) -> None:
        self.trouble: dict[str, MailroomError] = {}
        self.confirmed: list[str] = []
        self.taken: list[tuple[str, Report]] = []
        self.counted: Counter[tuple[str, Outcome]] = Counter()
        self.intake = NoticeIntake(
            Admission(frozenset({TOPIC}), self, lambda: NOW),
            self.confirm,
            self,
            lambda kind, outcome: self.counted.update([(kind, outcome)]),
        )

    def check(self, notice: Notice) -> None:
        self._maybe("check", notice)

    def confirm(self, notice: Notice) -> None:
        self._maybe("confirm", notice)
        self.confirmed.append(notice.id)

    def take(self, notice_id: str, report: Report) -> Outcome:
        self._maybe("take", report)
        self.taken.append((notice_id, report))
        return Outcome.APPLIED

    def _maybe(self, part: str, what: object) -> None:
        assert what
        if part in self.trouble:
            raise self.trouble[part]


@pytest.fixture
def parts() -> Parts:
    return Parts()


def test_a_report_is_handed_on_under_the_id_of_its_notice(parts: Parts) -> None:
    notice = notification(bounce())

    assert parts.intake.take(notice) is Outcome.APPLIED
    assert [notice_id for notice_id, _ in parts.taken] == [notice.id]
    assert parts.counted == {("bounce", Outcome.APPLIED): 1}


def test_what_is_no_report_is_ignored(parts: Parts) -> None:
    assert parts.intake.take(notification("Successfully validated SNS topic")) is Outcome.IGNORED
    assert (parts.taken, parts.counted) == ([], {("other", Outcome.IGNORED): 1})


def test_a_subscription_is_confirmed(parts: Parts) -> None:
    notice = confirmation()

    assert parts.intake.take(notice) is Outcome.CONFIRMED
    assert (parts.confirmed, parts.counted) == ([notice.id], {("subscription", Outcome.CONFIRMED): 1})


def test_the_end_of_a_subscription_is_noted_and_nothing_is_visited(parts: Parts) -> None:
    assert parts.intake.take(confirmation(NoticeType.UNSUBSCRIPTION)) is Outcome.NOTED
    assert (parts.confirmed, parts.counted) == ([], {("unsubscription", Outcome.NOTED): 1})


def test_what_is_not_let_in_does_nothing(parts: Parts) -> None:
    parts.trouble["check"] = NoticeRefused("no")

    for notice in (notification(bounce()), confirmation()):
        with pytest.raises(NoticeRefused, match="no"):
            parts.intake.take(notice)
    assert (parts.taken, parts.confirmed) == ([], [])
    assert parts.counted == {("other", Outcome.REFUSED): 1, ("subscription", Outcome.REFUSED): 1}


@pytest.mark.parametrize("error", [NotYet("later"), StorageUnavailable("away")])
def test_what_can_be_done_later_is_counted_as_postponed(parts: Parts, error: MailroomError) -> None:
    parts.trouble["take"] = error

    with pytest.raises(type(error)):
        parts.intake.take(notification(bounce()))
    assert parts.counted == {("bounce", Outcome.POSTPONED): 1}


def test_a_report_that_cannot_be_read_is_refused(parts: Parts) -> None:
    with pytest.raises(InvalidRequest, match="there is a bounce, and nothing of it"):
        parts.intake.take(notification({**bounce(), "bounce": None}))
    assert parts.counted == {("other", Outcome.REFUSED): 1}


def test_nothing_personal_is_logged(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        parts.intake.take(notification(bounce()))

    (line,) = caplog.records
    assert line.message == "a notice was taken in"
    assert "ann@" not in str(vars(line))


def test_without_topics_it_is_switched_off() -> None:
    with pytest.raises(SwitchedOff, match="This is switched off here: it needs the setting MAILROOM_SES_TOPICS"):
        ClosedIntake().take(notification())
