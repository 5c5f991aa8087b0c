from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from mailroom.access.caller import CallerKind
from mailroom.errors import Conflict, InvalidRequest, MailroomError, NotFound, StorageUnavailable
from mailroom.idempotency.entities import Answer, RequestKey
from mailroom.messages import acceptance
from mailroom.messages.entities import Asker, Attachment, Draft, Message, State
from mailroom.messages.lifecycle import EventKind
from mailroom.messages.service import MessageService
from mailroom.templates.entities import Source, TemplateChoice
from support.fake_storage import FakeStorage
from support.fakes import A_CALLER, a_message

DRAFT = Draft("ann@example.com", "Hello", "Good day.")
ASKER = Asker(A_CALLER, "r")


def shown(messages: Sequence[Message]) -> Answer:
    return Answer(202, str(messages[0].id))


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def __call__(self) -> None:
        self.value += 1


@pytest.fixture
def accepted() -> Counter:
    return Counter()


@pytest.fixture
def service(storage: FakeStorage, accepted: Counter) -> MessageService:
    return MessageService(storage.unit_of_work, "noreply@mailroom.test", accepted)


def test_an_accepted_message_is_stored_queued_and_counted(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    message = service.accept(DRAFT, A_CALLER, "r-1")

    assert storage.messages.stored == {message.id: message}
    assert storage.queue.jobs == [(message.id, "r-1")]
    assert (message.state, message.api_key_id, message.caller, message.attempts) == (State.QUEUED, 3, "key:3", 0)
    assert accepted.value == 1


def test_a_message_that_is_tried_finds_out_when_the_storage_is_away(
    service: MessageService, storage: FakeStorage
) -> None:
    storage.away = 1

    with pytest.raises(StorageUnavailable):
        service.accept_all([replace(DRAFT, dry_run=True)], ASKER, None, shown)


def test_a_message_without_a_sender_gets_the_default(service: MessageService) -> None:
    assert service.accept(DRAFT, A_CALLER, "r").sender == "noreply@mailroom.test"


def test_a_message_keeps_the_sender_it_names(service: MessageService) -> None:
    draft = Draft("ann@example.com", "Hello", "Good day.", sender="me@example.com")

    assert service.accept(draft, A_CALLER, "r").sender == "me@example.com"


def test_what_was_not_stored_is_not_counted(service: MessageService, storage: FakeStorage, accepted: Counter) -> None:
    storage.away = 1

    with pytest.raises(StorageUnavailable):
        service.accept(DRAFT, A_CALLER, "r")

    assert accepted.value == 0


def test_a_stored_message_is_shown_with_its_history(service: MessageService, storage: FakeStorage) -> None:
    storage.messages.add(a_message())

    message, events = service.history(a_message().id)

    assert message == a_message()
    assert [event.kind for event in events] == [EventKind.ACCEPTED]


def test_the_same_mail_again_is_refused_and_not_counted(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    first = service.accept(DRAFT, A_CALLER, "r")

    with pytest.raises(Conflict, match="The same mail was accepted for this person") as caught:
        service.accept(DRAFT, A_CALLER, "r")

    assert caught.value.members == {"message_id": str(first.id), "to": "ann@example.com"}
    assert len(storage.messages.stored) == accepted.value == 1


def test_with_a_key_it_is_done_and_counted_once(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    key = RequestKey("key:3", "k", b"x" * 32)
    answers = [service.accept_all([DRAFT], ASKER, key, shown) for _ in range(2)]

    assert [answer.replayed for answer in answers] == [False, True]
    assert answers[0].body == answers[1].body
    assert len(storage.messages.stored) == accepted.value == 1


def test_what_is_only_tried_is_neither_kept_nor_counted(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    key = RequestKey("key:3", "k", b"x" * 32)
    answer = service.accept_all([replace(DRAFT, dry_run=True)], ASKER, key, shown)

    assert answer.status == 202
    assert (storage.messages.stored, storage.idempotency.stored, accepted.value) == ({}, {}, 0)


def test_of_a_batch_each_is_accepted_or_refused_on_its_own(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    outcomes: list[Message | MailroomError] = []

    def keep(found: Sequence[Message | MailroomError]) -> Answer:
        outcomes.extend(found)
        return Answer(200, "{}")

    key = RequestKey("key:3", "k", b"x" * 32)
    for _ in range(2):
        service.accept_each([DRAFT, DRAFT, replace(DRAFT, recipient="bob@example.com")], ASKER, key, keep)

    assert [type(one) for one in outcomes] == [Message, Conflict, Message]
    assert len(storage.messages.stored) == len(storage.queue.jobs) == accepted.value == 2


def test_a_message_for_later_is_due_then(service: MessageService, storage: FakeStorage) -> None:
    due = datetime.now(UTC) + timedelta(days=1)
    message = service.accept(replace(DRAFT, send_at=due), A_CALLER, "r")

    assert (message.state, message.send_at) == (State.SCHEDULED, due)
    assert storage.queue.due == {message.id: due}


def test_what_is_too_far_ahead_and_too_large_is_told_at_once(service: MessageService) -> None:
    large = Attachment("a", "text/plain", b"x" * (2 * 1024 * 1024 + 1))
    draft = replace(DRAFT, send_at=datetime.now(UTC) + timedelta(days=31), attachments=(large,))

    with pytest.raises(InvalidRequest, match=r"30 days ahead.*at most 2097152 bytes"):
        service.accept(draft, A_CALLER, "r")


def test_templates_of_one_request_do_not_take_all_the_time_there_is(
    service: MessageService, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.templates.create("order", Source("Hello", "Good day."), "key:1")
    seconds = iter([0.0, 4.9, 5.1])
    monkeypatch.setattr(acceptance, "thread_time", lambda: next(seconds))
    drafts = [replace(DRAFT, template=TemplateChoice("order"), recipient=f"{one}@example.com") for one in "ab"]
    outcomes: list[object] = []

    def keep(found: Sequence[object]) -> Answer:
        outcomes.extend(found)
        return Answer(200, "{}")

    service.accept_each(drafts, ASKER, None, keep)

    assert [type(one) for one in outcomes] == [Message, InvalidRequest]
    assert "take longer than 5 s together" in str(outcomes[1])


def test_a_person_without_a_key_is_named_as_the_caller(service: MessageService) -> None:
    message = service.accept(DRAFT, replace(A_CALLER, kind=CallerKind.USER, id="7"), "r")

    assert (message.api_key_id, message.caller) == (None, "user:7")


def test_a_message_that_waits_is_cancelled_once(service: MessageService) -> None:
    message = service.accept(DRAFT, A_CALLER, "r")

    assert service.cancel(message.id).state is State.CANCELLED
    with pytest.raises(Conflict, match="A message that is cancelled can't be cancelled") as caught:
        service.cancel(message.id)
    assert (caught.value.name, caught.value.members) == ("not-cancellable", {"state": "cancelled"})


def test_a_failed_message_is_queued_under_the_new_request(service: MessageService, storage: FakeStorage) -> None:
    message = service.accept(DRAFT, A_CALLER, "r")
    storage.messages.mark_failed(message.id, "why")

    assert service.retry(message.id, "r-2").state is State.QUEUED
    assert storage.queue.jobs == [(message.id, "r"), (message.id, "r-2")]
    with pytest.raises(Conflict, match="A message that is queued can't be sent again") as caught:
        service.retry(message.id, "r-3")
    assert (caught.value.name, caught.value.members) == ("not-retryable", {"state": "queued"})


def test_a_message_whose_bodies_are_gone_says_so(service: MessageService, storage: FakeStorage) -> None:
    storage.messages.add(replace(a_message(), state=State.SENT, purged_at=datetime.now(UTC)))

    with pytest.raises(Conflict, match=r"^A message whose bodies were removed can't be sent again\.$"):
        service.retry(a_message().id, "r")


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_what_is_not_there_cannot_be_changed(service: MessageService, act: str) -> None:
    with pytest.raises(NotFound, match="There is no message of this id"):
        getattr(service, act)(UUID(int=1), *(["r"] if act == "retry" else []))


def test_an_unknown_message_is_not_found(service: MessageService) -> None:
    with pytest.raises(NotFound, match="There is no message of this id"):
        service.history(UUID(int=1))
