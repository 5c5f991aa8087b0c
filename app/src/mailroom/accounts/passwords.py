"""Passwords: hashed with argon2id, few at once."""

from __future__ import annotations

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mailroom.errors import LimitExceeded

# In hand or in line in one process: half of its threads stay for everybody else, however many try to log in.
_IN_LINE = 2
_RETRY_SECONDS = 1


class Passwords:
    """Hashes and verifies. Unless told otherwise with RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes.

    One hash at once in a process: two web workers take 128 MiB more for a moment, which `MemoryMax=400M` has beside the
    180 MB that they live in. RFC 9106's first choice takes 2 GiB, more than the whole host has.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = _hash_of_nothing(self._hasher)
        self._line = threading.BoundedSemaphore(_IN_LINE)
        self._turn = threading.Lock()

    def hash(self, password: str) -> str:
        """Return argon2's text of a password, with its parameters and salt. Raises LimitExceeded."""
        with self._one_at_once():
            return self._hasher.hash(_normal(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password of that hash. Without a hash it takes as long, and is none.

        Raises LimitExceeded.
        """
        with self._one_at_once():
            try:
                return self._hasher.verify(password_hash or self._nobodys, _normal(password)) and bool(password_hash)
            except (VerificationError, InvalidHashError):
                return False

    def is_dated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _one_at_once(self) -> Iterator[None]:
        if not self._line.acquire(blocking=False):
            raise LimitExceeded("Too many people log in at this moment: try again.", _RETRY_SECONDS)
        try:
            with self._turn:
                yield
        finally:
            self._line.release()


def _normal(password: str) -> str:
    # The same letters come as other code points from another keyboard (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """Return a hash with these parameters that nobody has the password of, at no cost."""

    def random(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${parameters}${random(hasher.salt_len)}${random(hasher.hash_len)}"
