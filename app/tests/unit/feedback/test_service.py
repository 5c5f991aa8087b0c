from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailroom.errors import NotYet, StorageUnavailable
from mailroom.feedback.entities import Outcome
from mailroom.feedback.reports import read_report
from mailroom.feedback.service import FeedbackService
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import EventKind
from mailroom.suppressions.entities import Reason
from support.fake_storage import FakeStorage
from support.fakes import a_message
from support.sns import MAIL_ID, NOW, bounce, complaint, delivery, event

MESSAGE = replace(a_message(), state=State.SENT, provider_message_id=MAIL_ID, recipient="Ann@example.com")


class Counts:
    def __init__(self) -> None:
        self.events: Counter[EventKind] = Counter()
        self.reasons: Counter[Reason] = Counter()

    def happened(self, kind: EventKind) -> None:
        self.events[kind] += 1

    def suppressed(self, reason: Reason) -> None:
        self.reasons[reason] += 1


class Told:
    """The service over fakes, told things one after the other."""

    def __init__(self) -> None:
        self.storage = FakeStorage()
        self.storage.messages.add(MESSAGE)
        self.counts = Counts()
        self.service = FeedbackService(self.storage.unit_of_work, self.counts, lambda: NOW)
        self._told = 0

    def tell(self, told: dict[str, Any], notice_id: str | None = None) -> Outcome:
        self._told += 1
        report = read_report(json.dumps(told))
        assert report is not None
        return self.service.take(notice_id or f"notice-{self._told}", report)

    @property
    def state(self) -> State:
        return self.storage.messages.stored[MESSAGE.id].state

    @property
    def history(self) -> list[EventKind]:
        return [one.kind for one in self.storage.feedback.events]

    def reason(self, address: str = "ann@example.com") -> Reason | None:
        entry = self.storage.suppressions.stored.get(address)
        return entry.reason if entry else None


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_permanent_bounce_ends_the_message_and_suppresses_its_address(told: Told) -> None:
    assert told.tell(bounce()) is Outcome.APPLIED

    assert (told.state, told.history, told.reason()) == (State.BOUNCED, [EventKind.BOUNCED], Reason.BOUNCE)
    assert told.storage.messages.stored[MESSAGE.id].reason == "Permanent/General: smtp; 550 5.1.1 user unknown"
    assert told.storage.suppressions.stored["ann@example.com"].message_id == MESSAGE.id
    assert (told.counts.events, told.counts.reasons) == ({EventKind.BOUNCED: 1}, {Reason.BOUNCE: 1})


def test_a_complaint_ends_the_message_and_suppresses_its_address(told: Told) -> None:
    assert told.tell(complaint()) is Outcome.APPLIED

    assert (told.state, told.history, told.reason()) == (State.COMPLAINED, [EventKind.COMPLAINED], Reason.COMPLAINT)


def test_a_delivery_suppresses_nobody_and_is_no_reason(told: Told) -> None:
    assert told.tell(delivery()) is Outcome.APPLIED

    assert (told.state, told.history, told.reason()) == (State.DELIVERED, [EventKind.DELIVERED], None)
    assert told.storage.messages.stored[MESSAGE.id].reason is None


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_is_only_noted(told: Told, kind: str) -> None:
    assert told.tell(bounce(kind)) is Outcome.NOTED

    assert told.counts.events == {EventKind.SOFT_BOUNCED: 1}
    assert (told.state, told.history, told.reason()) == (State.SENT, [EventKind.SOFT_BOUNCED], None)


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (event("Reject", "reject", {"reason": "Bad content"}), EventKind.REJECTED),
        (event("Rendering Failure", "failure", {"errorMessage": "x"}), EventKind.REJECTED),
        (event("DeliveryDelay", "deliveryDelay", {"delayType": "MailboxFull"}), EventKind.DELAYED),
    ],
)
def test_what_changes_nothing_is_noted_each_time(told: Told, report: dict[str, Any], kind: EventKind) -> None:
    assert [told.tell(report), told.tell(report)] == [Outcome.NOTED, Outcome.NOTED]

    assert (told.state, told.history) == (State.SENT, [kind, kind])


def test_a_mail_taken_out_of_the_spam_folder_does_nothing(told: Told) -> None:
    assert told.tell(complaint("not-spam")) is Outcome.IGNORED

    assert (told.state, told.history, told.reason()) == (State.SENT, [], None)


def test_a_delivery_after_a_complaint_is_noted_and_changes_nothing(told: Told) -> None:
    assert [told.tell(complaint()), told.tell(delivery())] == [Outcome.APPLIED, Outcome.NOTED]

    assert (told.state, told.history) == (State.COMPLAINED, [EventKind.COMPLAINED, EventKind.DELIVERED])
    assert told.storage.messages.stored[MESSAGE.id].reason == "abuse"


def test_a_complaint_after_a_bounce_makes_the_reason_graver(told: Told) -> None:
    told.tell(bounce())

    assert told.tell(complaint()) is Outcome.NOTED
    assert (told.state, told.reason()) == (State.BOUNCED, Reason.COMPLAINT)
    assert told.counts.events == {EventKind.BOUNCED: 1, EventKind.COMPLAINED: 1}
    assert told.counts.reasons == {Reason.BOUNCE: 1, Reason.COMPLAINT: 1}


def test_a_bounce_after_a_complaint_leaves_its_reason(told: Told) -> None:
    told.tell(complaint())
    told.tell(bounce())

    assert (told.state, told.reason()) == (State.COMPLAINED, Reason.COMPLAINT)
    assert told.counts.reasons == {Reason.COMPLAINT: 1}


def test_the_same_notice_does_nothing_the_second_time(told: Told) -> None:
    told.tell(bounce(), "one")
    told.storage.suppressions.stored.clear()

    assert told.tell(bounce(), "one") is Outcome.REPEATED
    assert (told.history, told.reason(), told.counts.events[EventKind.BOUNCED]) == ([EventKind.BOUNCED], None, 1)


def test_the_same_fact_in_another_notice_is_noted_and_counted_once(told: Told) -> None:
    assert [told.tell(delivery()), told.tell(delivery(form="eventType"))] == [Outcome.APPLIED, Outcome.REPEATED]

    assert (told.history, told.counts.events[EventKind.DELIVERED]) == ([EventKind.DELIVERED], 1)


def test_both_the_recipient_and_where_its_mail_is_forwarded_are_suppressed(told: Told) -> None:
    told.tell(bounce(address="<Ann.Lee@Other.example>"))

    assert set(told.storage.suppressions.stored) == {"ann@example.com", "ann.lee@other.example"}
    assert told.counts.reasons == {Reason.BOUNCE: 2}


def test_an_address_that_nobody_can_read_is_passed_over(told: Told) -> None:
    told.tell(bounce(address="unknown"))

    assert set(told.storage.suppressions.stored) == {"ann@example.com"}


def test_a_bounce_of_somebody_elses_mail_suppresses_its_address_all_the_same(told: Told) -> None:
    assert told.tell(bounce(mail_id="other", address="bob@example.com")) is Outcome.UNKNOWN_MESSAGE

    assert (told.state, told.history, told.reason("bob@example.com")) == (State.SENT, [], Reason.BOUNCE)
    assert told.storage.suppressions.stored["bob@example.com"].message_id is None
    assert (told.counts.events, told.counts.reasons) == ({}, {Reason.BOUNCE: 1})


def test_the_same_fact_again_may_still_name_an_address_that_was_taken_off_the_list(told: Told) -> None:
    told.tell(bounce())
    told.storage.suppressions.stored.clear()

    assert told.tell(bounce()) is Outcome.REPEATED
    assert (told.reason(), told.counts.reasons) == (Reason.BOUNCE, {Reason.BOUNCE: 2})


def test_history_and_list_keep_what_the_server_said(told: Told) -> None:
    told.tell(bounce())

    (event,) = told.storage.feedback.events
    said = "Permanent/General: smtp; 550 5.1.1 user unknown"
    assert (event.message_id, event.detail) == (MESSAGE.id, said)
    assert told.storage.suppressions.stored["ann@example.com"].detail == said


def early(told: dict[str, Any]) -> dict[str, Any]:
    mail = {**told["mail"], "messageId": "not-yet", "timestamp": (NOW - timedelta(seconds=54)).isoformat()}
    return {**told, "mail": mail}


def test_a_report_before_the_message_is_recorded_is_asked_for_again_and_then_taken_in(told: Told) -> None:
    with pytest.raises(NotYet, match=r"^There is no message of this id yet: report it again\.$"):
        told.tell(early(delivery()), "one")
    told.storage.messages.add(replace(MESSAGE, provider_message_id="not-yet"))

    assert told.tell(early(delivery()), "one") is Outcome.APPLIED
    assert told.state is State.DELIVERED


def test_an_early_bounce_suppresses_at_once_though_nothing_may_follow(told: Told) -> None:
    with pytest.raises(NotYet):
        told.tell(early(bounce()), "one")

    assert (told.reason(), told.counts.reasons) == (Reason.BOUNCE, {Reason.BOUNCE: 1})
    assert told.storage.feedback.remembered == set()


def test_a_mail_that_is_known_nowhere_a_minute_later_is_somebody_elses(told: Told) -> None:
    report = early(bounce())
    report["mail"]["timestamp"] = (NOW - timedelta(seconds=55)).isoformat()

    assert told.tell(report) is Outcome.UNKNOWN_MESSAGE


_CREATED = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("when", "noted"),
    [
        (NOW + timedelta(days=1), NOW),
        (NOW - timedelta(days=99), _CREATED),
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
    ],
    ids=["from the future", "before the message", "between"],
)
def test_a_history_begins_with_its_message_and_ends_now(told: Told, when: datetime, noted: datetime) -> None:
    told.storage.messages.add(replace(MESSAGE, created_at=_CREATED))
    told.tell(bounce("Transient", when=when))

    assert told.storage.feedback.events[0].happened_at == noted


def test_when_the_storage_is_away_nothing_is_counted(told: Told) -> None:
    told.storage.away = 1

    with pytest.raises(StorageUnavailable):
        told.tell(bounce())
    assert not told.counts.events
