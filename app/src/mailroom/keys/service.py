"""Knowing callers by their key, and giving keys out."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

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
from mailroom.keys.entities import ApiKey, NewKey, hash_key, is_well_formed, make_key, shown_of

logger = logging.getLogger(__name__)

# The use of a key is written no more often than this: a busy key's row would be written at every request.
_USE_NOTED_EVERY = timedelta(minutes=1)
# Python has no times after that, whatever the time zone they are read in.
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Keys(Protocol):
    """Where the hashes of keys are kept."""

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key of that hash, or None."""

    def named(self, name: str) -> ApiKey | None:
        """Return the key of that name, or None."""

    def get(self, key_id: int) -> ApiKey | None:
        """Return the key of that id, or None."""

    def page(self, after: int, most: int) -> list[ApiKey]:
        """Return keys with greater ids than `after`, in the order of ids."""

    def save(self, name: str, key_hash: bytes) -> None:
        """Store the hash under the name, in place of the one that was there."""

    def set_scopes(self, name: str, scopes: frozenset[Permission]) -> None:
        """Let the key of that name do just that."""

    def add(self, new: NewKey, key_hash: bytes, shown: str) -> ApiKey | None:
        """Store a new key. None where the name is taken."""

    def revoke(self, key_id: int, now: datetime) -> ApiKey | None:
        """Revoke the key and return it; None where it is gone."""

    def note_use(self, key_id: int, now: datetime, before: datetime) -> None:
        """Note that the key was used, unless that was noted after `before` or is being noted. Waits for nobody."""


class KeyWork(Protocol):
    """One transaction over keys."""

    @property
    def keys(self) -> Keys:
        """The keys, inside this transaction."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class KeyService:
    """Recognises, makes and revokes keys. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[KeyWork]],
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    def recognise(self, key: str) -> ApiKey:
        """Return who holds the key. Raises NotAuthenticated, StorageUnavailable."""
        if not is_well_formed(key):
            raise NotAuthenticated("The API key is not known.")
        offered = hash_key(key)
        with self._unit_of_work() as work:
            found = work.keys.find(offered)
        if found is None or not hmac.compare_digest(found.key_hash, offered):
            raise NotAuthenticated("The API key is not known.")
        now = self._clock()
        _check_is_good(found, now)
        self._note_use(found, now)
        return found

    def ensure(self, name: str, key: str, scopes: frozenset[Permission] | None = None) -> bool:
        """Make the key of that name be this one, with these scopes if any. Returns whether anything changed.

        A key that was revoked stays so. Raises ConfigurationError where the key is too weak or belongs to another name.
        """
        if not is_well_formed(key):
            raise ConfigurationError("the key must be 32 to 256 characters of A-Z a-z 0-9 . _ ~ + / = -")
        wanted = hash_key(key)
        with self._unit_of_work() as work:
            current = work.keys.named(name)
            same = current is not None and hmac.compare_digest(current.key_hash, wanted)
            if same and (current is None or scopes in {None, current.scopes}):
                return False
            if not same:
                if (other := work.keys.find(wanted)) is not None:
                    raise ConfigurationError(f"this key already belongs to the name {other.name!r}")
                work.keys.save(name, wanted)
            if scopes is not None:
                work.keys.set_scopes(name, scopes)
        return True

    def create(self, new: NewKey, permissions: frozenset[Permission]) -> tuple[ApiKey, str]:
        """Make a key and return it with its text, which is nowhere afterwards.

        `permissions` are those of who asks. Raises PermissionDenied for a scope that they lack, Conflict where the name
        is taken, InvalidRequest where it would have expired already.
        """
        for scope in sorted(new.scopes - permissions):
            raise PermissionDenied(scope)
        if new.expires_at is not None and not self._clock() < new.expires_at < _LATEST:
            raise InvalidRequest([FieldError("This must be in the future, before 9999.", pointer="#/expires_at")])
        key = make_key()
        with self._unit_of_work() as work:
            stored = work.keys.add(new, hash_key(key), shown_of(key))
        if stored is None:
            raise Conflict("key-name-taken", "There is a key of this name already.")
        return stored, key

    def page(self, after: int, most: int) -> list[ApiKey]:
        """Return at most so many keys with greater ids than `after`."""
        with self._unit_of_work() as work:
            return work.keys.page(after, most)

    def show(self, key_id: int) -> ApiKey:
        """Return the key. Raises NotFound."""
        with self._unit_of_work() as work:
            return _found(work.keys.get(key_id))

    def named(self, name: str) -> ApiKey:
        """Return the key of that name. Raises NotFound."""
        with self._unit_of_work() as work:
            return _found(work.keys.named(name))

    def revoke(self, key_id: int) -> ApiKey:
        """Let nobody in with the key from now on, and return it. Raises NotFound."""
        with self._unit_of_work() as work:
            return _found(work.keys.revoke(key_id, self._clock()))

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        before = now - _USE_NOTED_EVERY
        if key.last_used_at is not None and key.last_used_at >= before:
            return
        try:
            with self._unit_of_work() as work:
                work.keys.note_use(key.id, now, before)
        except StorageUnavailable as error:
            # The caller's own business is worth more than a date.
            logger.warning("the use of a key could not be noted", extra={"key": key.id, "error": str(error)})


def _check_is_good(key: ApiKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise NotAuthenticated(f"This API key was revoked on {key.revoked_at:%Y-%m-%d}.")
    if key.expires_at is not None and key.expires_at <= now:
        raise NotAuthenticated(f"This API key expired on {key.expires_at:%Y-%m-%d}.")


def _found(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFound("key")
    return key
