from __future__ import annotations

from uuid import UUID

import pytest

from mailroom.errors import MessageNotFound, StorageUnavailable
from mailroom.messages.entities import Draft, State
from mailroom.messages.service import MessageService
from support.fakes import FakeStorage, a_message

DRAFT = Draft("ann@example.com", "Hello", "Good day.")


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def __call__(self) -> None:
        self.value += 1


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()


@pytest.fixture
def accepted() -> Counter:
    return Counter()


@pytest.fixture
def service(storage: FakeStorage, accepted: Counter) -> MessageService:
    return MessageService(storage.unit_of_work, "noreply@mailroom.test", accepted)


def test_an_accepted_message_is_stored_queued_and_counted(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    message = service.accept(DRAFT, api_key_id=3, request_id="r-1")

    assert storage.messages.stored == {message.id: message}
    assert storage.queue.jobs == [(message.id, "r-1")]
    assert (message.state, message.api_key_id, message.attempts) == (State.QUEUED, 3, 0)
    assert accepted.value == 1


def test_a_message_that_is_tried_leaves_nothing_and_is_not_counted(
    service: MessageService, storage: FakeStorage, accepted: Counter
) -> None:
    tried = service.try_out(DRAFT, 3, "r-1")

    assert (tried.recipient, tried.sender) == ("ann@example.com", "noreply@mailroom.test")
    assert (storage.messages.stored, storage.queue.jobs, accepted.value) == ({}, [], 0)


def test_a_message_that_is_tried_finds_out_when_the_storage_is_away(
    service: MessageService, storage: FakeStorage
) -> None:
    storage.away = 1

    with pytest.raises(StorageUnavailable):
        service.try_out(DRAFT, 1, "r")


def test_a_message_without_a_sender_gets_the_default(service: MessageService) -> None:
    assert service.accept(DRAFT, 1, "r").sender == "noreply@mailroom.test"


def test_a_message_keeps_the_sender_it_names(service: MessageService) -> None:
    draft = Draft("ann@example.com", "Hello", "Good day.", sender="me@example.com")

    assert service.accept(draft, 1, "r").sender == "me@example.com"


def test_what_was_not_stored_is_not_counted(service: MessageService, storage: FakeStorage, accepted: Counter) -> None:
    storage.away = 1

    with pytest.raises(StorageUnavailable):
        service.accept(DRAFT, 1, "r")

    assert accepted.value == 0


def test_a_stored_message_is_shown(service: MessageService, storage: FakeStorage) -> None:
    storage.messages.add(a_message())

    assert service.show(a_message().id) == a_message()


def test_an_unknown_message_is_not_found(service: MessageService) -> None:
    with pytest.raises(MessageNotFound, match="00000000-0000-0000-0000-000000000001"):
        service.show(UUID(int=1))
