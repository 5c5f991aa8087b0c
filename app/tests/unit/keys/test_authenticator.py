from __future__ import annotations

import pytest

from mailroom.access.caller import CallerKind
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


@pytest.mark.parametrize("credential", [KEY, "eyJh", "eyJh.eyJp", "eyJh.eyJp.c2ln.more", "a.b.c"])
def test_all_that_is_no_signed_token_may_be_a_key(storage: FakeStorage, seconds: Seconds, credential: str) -> None:
    assert authenticator(storage, seconds, 1).takes(credential)


def test_a_signed_token_is_no_key(storage: FakeStorage, seconds: Seconds) -> None:
    assert not authenticator(storage, seconds, 1).takes("eyJh.eyJp.c2ln")


def test_who_holds_a_key_is_known_as_a_key(storage: FakeStorage, seconds: Seconds) -> None:
    caller = authenticator(storage, seconds, 1).recognise(KEY)

    assert (caller.kind, caller.name) == (CallerKind.KEY, "shop")
