"""Knowing callers by their key."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from mailroom.errors import ConfigurationError, NotAuthenticated
from mailroom.keys.entities import ApiKey, hash_key, is_well_formed


class Keys(Protocol):
    """Where the hashes of keys are kept."""

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key of that hash, or None."""

    def named(self, name: str) -> ApiKey | None:
        """Return the key of that name, or None."""

    def save(self, name: str, key_hash: bytes) -> None:
        """Store the hash under the name, in place of the one that was there."""


class KeyWork(Protocol):
    """One transaction over keys."""

    @property
    def keys(self) -> Keys:
        """The keys, inside this transaction."""


class KeyService:
    """Recognises and stores keys. `unit_of_work` opens one transaction each time it is called."""

    def __init__(self, unit_of_work: Callable[[], AbstractContextManager[KeyWork]]) -> None:
        self._unit_of_work = unit_of_work

    def recognise(self, key: str) -> ApiKey:
        """Return who holds the key. Raises NotAuthenticated, StorageUnavailable."""
        if not is_well_formed(key):
            raise NotAuthenticated("The API key is not known.")
        offered = hash_key(key)
        with self._unit_of_work() as work:
            found = work.keys.find(offered)
        if found is None or not hmac.compare_digest(found.key_hash, offered):
            raise NotAuthenticated("The API key is not known.")
        return found

    def ensure(self, name: str, key: str) -> bool:
        """Make the key of that name be this one. Returns whether anything changed.

        Raises ConfigurationError where the key is too weak or belongs to another name.
        """
        if not is_well_formed(key):
            raise ConfigurationError("the key must be 32 to 256 characters of A-Z a-z 0-9 . _ ~ + / = -")
        wanted = hash_key(key)
        with self._unit_of_work() as work:
            current = work.keys.named(name)
            if current is not None and hmac.compare_digest(current.key_hash, wanted):
                return False
            if (other := work.keys.find(wanted)) is not None:
                raise ConfigurationError(f"this key already belongs to the name {other.name!r}")
            work.keys.save(name, wanted)
        return True
