from __future__ import annotations

import hashlib

import pytest

from mailroom.errors import ConfigurationError, NotAuthenticated
from mailroom.keys.service import KeyService
from support.fakes import FakeStorage

KEY = "0123456789-0123456789-0123456789"
OTHER = "abcdefghij-0123456789-0123456789"


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()


@pytest.fixture
def service(storage: FakeStorage) -> KeyService:
    return KeyService(storage.unit_of_work)


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
