from __future__ import annotations

import pytest

from mailroom.errors import NotAuthenticated
from mailroom.keys.authenticator import KeyAuthenticator
from mailroom.keys.service import KeyService
from support.accounts import NOON, Clock
from support.fake_storage import FakeStorage

KEY = "0123456789-0123456789-0123456789"


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def storage() -> FakeStorage:
    storage = FakeStorage()
    KeyService(storage.unit_of_work).ensure("shop", KEY)
    return storage


def authenticator(storage: FakeStorage, seconds: Seconds, remembered: float) -> KeyAuthenticator:
    return KeyAuthenticator(KeyService(storage.unit_of_work, Clock()), remembered, seconds)


def test_a_key_is_known_for_a_while_without_asking_again(storage: FakeStorage, seconds: Seconds) -> None:
    known = authenticator(storage, seconds, 1)
    first = known.recognise(KEY)
    storage.keys.revoke(1, NOON)
    seconds.now = 0.9

    assert known.recognise(KEY) == first

    seconds.now = 1.1
    with pytest.raises(NotAuthenticated):
        known.recognise(KEY)


def test_nothing_is_remembered_unless_it_is_asked_for(storage: FakeStorage, seconds: Seconds) -> None:
    known = authenticator(storage, seconds, 0)
    known.recognise(KEY)
    storage.keys.revoke(1, NOON)

    with pytest.raises(NotAuthenticated):
        known.recognise(KEY)


def test_a_key_that_is_not_known_is_asked_for_each_time(storage: FakeStorage, seconds: Seconds) -> None:
    known, other = authenticator(storage, seconds, 60), KEY[::-1]
    with pytest.raises(NotAuthenticated):
        known.recognise(other)
    KeyService(storage.unit_of_work).ensure("other", other)

    assert known.recognise(other).name == "other"
    assert known.recognise(KEY).name == "shop"
