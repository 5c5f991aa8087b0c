"""Passwords that change: a new one is used, the old one is accepted beside it, then goes."""

from __future__ import annotations

import re

import pytest

from plugins.filter.logins import logins
from tools.secrets.errors import SecretsError
from tools.secrets.passwords import retired, rotated, told
from tools.secrets.table import Secret

PASSWORD = Secret("vault_password", "logs in", kind="passwords")
OLD = "a" * 40


def test_a_new_password_comes_first_and_the_old_one_stays() -> None:
    new, old = rotated(PASSWORD)(OLD).splitlines()

    assert re.fullmatch(r"2:[A-Za-z0-9]{40}", new)
    assert old == f"1:{OLD}"


def test_the_old_password_goes_then_and_the_new_one_keeps_its_number() -> None:
    both = rotated(PASSWORD)(OLD)

    assert retired(PASSWORD)(both) == both.splitlines()[0]


def test_two_logins_take_turns() -> None:
    value, seen = OLD, []
    for _ in range(3):
        value = rotated(PASSWORD)(value)
        seen.append([login["name"] for login in logins(value, "role")])
        value = retired(PASSWORD)(value)

    assert seen == [["role_2", "role"], ["role", "role_2"], ["role_2", "role"]]


def test_which_passwords_there_are_is_told_by_number() -> None:
    assert told(OLD) == "password 1 is used"
    assert told(rotated(PASSWORD)(OLD)) == "password 2 is used; 1 accepted too"


def test_a_third_password_is_refused() -> None:
    with pytest.raises(SecretsError, match=r"has an old password still \(password 2 is used; 1 accepted too\)"):
        rotated(PASSWORD)(rotated(PASSWORD)(OLD))


def test_the_only_password_is_not_retired() -> None:
    with pytest.raises(SecretsError, match="vault_password has one password only, so it can't be retired; ROTATE="):
        retired(PASSWORD)(OLD)


@pytest.mark.parametrize("step", [rotated, retired])
def test_an_empty_password_is_refused(step: type) -> None:
    with pytest.raises(SecretsError, match="vault_password is empty; take it away, and it's made anew"):
        step(PASSWORD)("\n")
