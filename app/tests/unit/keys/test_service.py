from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest

from mailroom.access.permissions import Permission
from mailroom.errors import (
    ConfigurationError,
    Conflict,
    FieldError,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    StorageUnavailable,
)
from mailroom.keys.entities import NewKey
from mailroom.keys.service import KeyService
from support.accounts import NOON, Clock
from support.fake_storage import FakeStorage

KEY = "0123456789-0123456789-0123456789"
OTHER = "abcdefghij-0123456789-0123456789"
ALL = frozenset(Permission)
SEND = frozenset({Permission.MESSAGES_SEND})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(storage: FakeStorage, clock: Clock) -> KeyService:
    return KeyService(storage.unit_of_work, clock)


def test_a_stored_key_is_recognised(service: KeyService) -> None:
    service.ensure("shop", KEY)

    assert service.recognise(KEY).name == "shop"


def test_only_the_hash_of_a_key_is_stored(service: KeyService, storage: FakeStorage) -> None:
    service.ensure("shop", KEY)

    assert storage.keys.stored[0].key_hash == hashlib.sha256(KEY.encode()).digest()


@pytest.mark.parametrize("key", [OTHER, KEY[:-1], KEY + "x", "", "ä" * 40, "x" * 300])
def test_any_other_key_is_not_known(service: KeyService, key: str) -> None:
    service.ensure("shop", KEY)

    with pytest.raises(NotAuthenticated, match=r"The API key is not known\."):
        service.recognise(key)


def test_what_cannot_be_a_key_is_refused_without_asking_the_database(service: KeyService, storage: FakeStorage) -> None:
    storage.away = 1

    with pytest.raises(NotAuthenticated):
        service.recognise("short")


def test_ensuring_the_same_key_again_changes_nothing(service: KeyService) -> None:
    assert [service.ensure("shop", KEY), service.ensure("shop", KEY)] == [True, False]


def test_a_new_key_of_a_name_takes_the_place_of_the_old(service: KeyService) -> None:
    service.ensure("shop", KEY)

    assert service.ensure("shop", OTHER)
    with pytest.raises(NotAuthenticated):
        service.recognise(KEY)


def test_a_key_belongs_to_one_name(service: KeyService) -> None:
    service.ensure("shop", KEY)

    with pytest.raises(ConfigurationError, match="this key already belongs to the name 'shop'"):
        service.ensure("other", KEY)


@pytest.mark.parametrize("key", ["", "x" * 31, "x" * 257, "with a space 0123456789-0123456789"])
def test_a_weak_key_is_not_stored(service: KeyService, storage: FakeStorage, key: str) -> None:
    with pytest.raises(ConfigurationError, match="the key must be 32 to 256 characters of"):
        service.ensure("shop", key)

    assert storage.keys.stored == []


def test_a_new_key_is_random_recognisable_and_stored_as_a_hash_only(service: KeyService, storage: FakeStorage) -> None:
    stored, key = service.create(NewKey("shop", SEND), ALL)

    assert key.startswith("mr_")
    assert len(key) == len("mr_") + 43
    assert (stored.shown, stored.key_hash) == (key[:8], hashlib.sha256(key.encode()).digest())
    assert key not in repr(storage.keys.stored)


def test_a_new_key_may_do_what_it_was_made_for(service: KeyService) -> None:
    _, key = service.create(NewKey("shop", SEND), ALL)

    assert service.recognise(key).scopes == SEND


def test_nobody_gives_a_key_what_they_lack(service: KeyService, storage: FakeStorage) -> None:
    with pytest.raises(PermissionDenied, match="This needs the permission messages:send"):
        service.create(NewKey("shop", SEND), frozenset({Permission.KEYS_MANAGE}))

    assert storage.keys.stored == []


def test_a_name_belongs_to_one_key(service: KeyService) -> None:
    service.create(NewKey("shop", SEND), ALL)

    with pytest.raises(Conflict, match="There is a key of this name already") as caught:
        service.create(NewKey("shop", SEND), ALL)
    assert caught.value.name == "key-name-taken"


@pytest.mark.parametrize("expires_at", [NOON, NOON.replace(year=2025), NOON.replace(year=9999)])
def test_a_key_that_would_have_expired_already_or_never_is_not_made(
    service: KeyService, storage: FakeStorage, expires_at: datetime
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        service.create(NewKey("shop", SEND, expires_at), ALL)

    assert caught.value.errors == [FieldError("This must be in the future, before 9999.", pointer="#/expires_at")]
    assert storage.keys.stored == []


def test_an_expired_key_is_refused_and_told_so(service: KeyService, clock: Clock) -> None:
    _, key = service.create(NewKey("shop", SEND, NOON + timedelta(hours=1)), ALL)
    clock.turn(minutes=59)
    service.recognise(key)

    clock.turn(minutes=1)
    with pytest.raises(NotAuthenticated, match=r"This API key expired on 2026-01-02\."):
        service.recognise(key)


def test_a_revoked_key_is_refused_and_told_so(service: KeyService) -> None:
    stored, key = service.create(NewKey("shop", SEND), ALL)
    service.revoke(stored.id)

    with pytest.raises(NotAuthenticated, match=r"This API key was revoked on 2026-01-02\."):
        service.recognise(key)


def test_a_key_that_is_revoked_again_was_revoked_the_first_time(service: KeyService, clock: Clock) -> None:
    stored, _ = service.create(NewKey("shop", SEND), ALL)
    service.revoke(stored.id)
    clock.turn(days=1)

    assert service.revoke(stored.id).revoked_at == NOON


def test_the_use_of_a_key_is_noted_once_a_minute(service: KeyService, storage: FakeStorage, clock: Clock) -> None:
    _, key = service.create(NewKey("shop", SEND), ALL)
    noted = []
    for _ in range(4):
        service.recognise(key)
        noted.append(storage.keys.stored[0].last_used_at)
        clock.turn(seconds=30.5)

    assert noted == [NOON, NOON, NOON + timedelta(seconds=61), NOON + timedelta(seconds=61)]


def test_a_key_is_good_though_its_use_cannot_be_noted(
    service: KeyService, storage: FakeStorage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = service.create(NewKey("shop", SEND), ALL)

    def away(_: int, now: datetime, before: datetime) -> None:
        raise StorageUnavailable(f"read only {now} {before}")

    monkeypatch.setattr(storage.keys, "note_use", away)
    assert service.recognise(key).name == "shop"
    assert "the use of a key could not be noted" in caplog.text


def test_ensuring_gives_the_scopes_that_are_asked_for(service: KeyService) -> None:
    assert service.ensure("probe", KEY, SEND)
    assert service.recognise(KEY).scopes == SEND
    assert not service.ensure("probe", KEY, SEND)
    assert service.ensure("probe", KEY, frozenset({Permission.MESSAGES_READ}))


def test_ensuring_without_scopes_leaves_them(service: KeyService) -> None:
    service.ensure("probe", KEY, SEND)

    assert not service.ensure("probe", KEY)
    assert service.recognise(KEY).scopes == SEND


def test_ensuring_a_revoked_key_does_not_let_it_in_again(service: KeyService) -> None:
    service.ensure("probe", KEY)
    service.revoke(service.named("probe").id)

    assert not service.ensure("probe", KEY)
    with pytest.raises(NotAuthenticated, match="was revoked"):
        service.recognise(KEY)


def test_keys_are_found_by_id_by_name_and_page_by_page(service: KeyService) -> None:
    first, second = (service.create(NewKey(name, SEND), ALL)[0] for name in ("a", "b"))

    assert (service.show(first.id), service.named("b")) == (first, second)
    assert (service.page(0, 1), service.page(first.id, 9)) == ([first], [second])


def test_a_key_that_is_not_there_is_not_found(service: KeyService) -> None:
    with pytest.raises(NotFound, match="There is no key of this id"):
        service.show(7)
    with pytest.raises(NotFound):
        service.revoke(7)
    with pytest.raises(NotFound):
        service.named("x")
