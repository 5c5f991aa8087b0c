from __future__ import annotations

import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher

from mailroom.accounts.passwords import Passwords
from mailroom.errors import LimitExceeded
from support.accounts import PASSWORD
from support.processes import eventually

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Slow(PasswordHasher):
    """Hashes when it is let; counts how many it has in hand."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = threading.Event()
        self.in_hand = 0
        self.most = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        self.go.wait(10)
        self.in_hand -= 1
        return super().hash(password, salt=salt)


class Watched(PasswordHasher):
    """Remembers what it verified."""

    def __init__(self) -> None:
        super().__init__(time_cost=2, memory_cost=16, parallelism=1)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's own name
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP)


def test_a_password_matches_its_hash(passwords: Passwords) -> None:
    assert passwords.matches(passwords.hash(PASSWORD), PASSWORD)


def test_another_password_does_not(passwords: Passwords) -> None:
    assert not passwords.matches(passwords.hash(PASSWORD), PASSWORD + "x")


def test_a_hash_is_argon2id_as_rfc_9106_recommends_for_little_memory() -> None:
    assert Passwords().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_same_letters_in_other_code_points_are_the_same_password(passwords: Passwords) -> None:
    assert passwords.matches(passwords.hash("Zürich am See 1"), "Zu\u0308rich am See 1")


def test_what_is_no_hash_matches_nothing(passwords: Passwords) -> None:
    assert not passwords.matches("nonsense", PASSWORD)


def test_nobody_has_the_password_of_no_hash(passwords: Passwords) -> None:
    assert not passwords.matches(None, PASSWORD)


def test_without_a_hash_as_much_is_computed() -> None:
    hasher = Watched()

    Passwords(hasher).matches(None, PASSWORD)

    (verified,) = hasher.verified
    assert verified.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert not hasher.check_needs_rehash(verified)


def test_a_hash_of_other_parameters_is_dated() -> None:
    older = Passwords(CHEAP).hash(PASSWORD)
    today = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    assert today.is_dated(older)
    assert not today.is_dated(today.hash(PASSWORD))


def test_of_three_at_once_one_is_hashed_one_waits_and_one_is_told_to_come_back() -> None:
    slow, refused, made = Slow(), list[LimitExceeded](), list[str]()
    passwords = Passwords(slow)

    def log_in() -> None:
        try:
            made.append(passwords.hash(PASSWORD))
        except LimitExceeded as error:
            refused.append(error)

    threads = [threading.Thread(target=log_in) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(refused) == 1)
    slow.go.set()
    for thread in threads:
        thread.join(10)

    assert (str(refused[0]), refused[0].retry_after) == ("Too many people log in at this moment: try again.", 1)
    assert (len(made), slow.most) == (2, 1)


def test_a_place_in_line_is_free_again_afterwards(passwords: Passwords) -> None:
    for _ in range(3):
        assert not passwords.matches("nonsense", PASSWORD)
