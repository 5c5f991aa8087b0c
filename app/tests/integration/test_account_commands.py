"""`mailroom users` and `mailroom keys` as an operator runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable

import pytest

from mailroom.access.permissions import Permission
from mailroom.accounts.passwords import Passwords
from mailroom.cli import main
from support.accounts import PASSWORD
from support.databases import Database
from support.processes import PROGRAMS

Mailroom = Callable[..., tuple[int, list[dict[str, object]], str]]


@pytest.fixture
def mailroom(environment: dict[str, str]) -> Mailroom:
    """Run `mailroom` with some standard input; return its status, its lines and its text."""

    def run(*arguments: str, given: bytes = b"") -> tuple[int, list[dict[str, object]], str]:
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        done = subprocess.run(
            [PROGRAMS / "mailroom", *arguments],
            input=given,
            env={"PATH": os.environ["PATH"], **coverage, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode()
        return done.returncode, [json.loads(line) for line in text.splitlines() if line.startswith("{")], text

    return run


ANN = ("users", "create", "Ann@Example.com", "--role", "admin", "--name", "Ann")


def test_the_first_admin_is_made_on_the_host(mailroom: Mailroom, database: Database) -> None:
    status, lines, text = mailroom(*ANN, given=f"{PASSWORD}\n".encode())

    assert (status, lines[-1]["message"]) == (0, "the user is made")
    assert "example" not in text.lower()
    assert PASSWORD not in text
    ((email, role, password_hash),) = database.rows("SELECT email, role, password_hash FROM users")
    assert (email, role) == ("ann@example.com", "admin")
    assert Passwords().matches(password_hash, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "given", "reason"),
    [
        (ANN, b"short\n", "password: String should have at least 12 characters"),
        (ANN, b"", "password: String should have at least 12 characters"),
        (ANN, b"\xff" * 20, "password: It must be in UTF-8."),
        (("users", "create", "ann", "--role", "admin", "--name", "Ann"), b"x" * 12, "email: Value error"),
        (("users", "create", "a@example.com", "--role", "admin", "--name", " "), b"x" * 12, "name: Value error"),
        (("users", "password", "nobody@example.com"), b"x" * 12, "There is no user of this id."),
        (("users", "password", "nobody"), b"x" * 12, "email: An email address must have an @-sign."),
        (("users", "deactivate", "nobody@example.com"), b"", "There is no user of this id."),
        (("keys", "revoke", "nothing"), b"", "There is no key of this id."),
        (("keys", "create", "a\nb", "--scopes", "messages:send"), b"", "name: It must be one line of 1 to 100"),
        (("keys", "create", "tests", "--scopes", "messages:send"), b"", "There is a key of this name already."),
    ],
)
def test_what_cannot_be_done_says_why_and_ends_with_1(
    mailroom: Mailroom, database: Database, arguments: tuple[str, ...], given: bytes, reason: str
) -> None:
    status, lines, _ = mailroom(*arguments, given=given)

    assert status == 1
    assert reason in str(lines[-1]["message"])
    assert database.rows("SELECT count(*) FROM users") == [(0,)]


def test_users_are_listed(mailroom: Mailroom) -> None:
    mailroom(*ANN, given=f"{PASSWORD}\n".encode())

    status, (user,), text = mailroom("users", "list")

    assert status == 0
    assert (user["email"], user["role"], user["active"]) == ("ann@example.com", "admin", True)
    assert "argon2" not in text


def test_a_password_is_changed_on_the_host(mailroom: Mailroom, database: Database) -> None:
    mailroom(*ANN, given=f"{PASSWORD}\n".encode())

    status, _, _ = mailroom("users", "password", "ANN@example.com", given=b"another horse battery\r\n")

    ((password_hash,),) = database.rows("SELECT password_hash FROM users")
    assert status == 0
    assert Passwords().matches(password_hash, "another horse battery")


def test_the_last_admin_is_not_deactivated_but_any_other_is(mailroom: Mailroom, database: Database) -> None:
    mailroom(*ANN, given=f"{PASSWORD}\n".encode())
    status, lines, _ = mailroom("users", "deactivate", "ann@example.com")
    assert (status, lines[-1]["message"]) == (
        1,
        "mailroom users failed: This is the last active admin: make another one first.",
    )

    mailroom("users", "create", "bob@example.com", "--role", "admin", "--name", "Bob", given=PASSWORD.encode())
    assert mailroom("users", "deactivate", "ann@example.com")[0] == 0
    assert database.rows("SELECT email FROM users WHERE active") == [("bob@example.com",)]


def test_a_key_is_made_listed_and_revoked(mailroom: Mailroom, database: Database) -> None:
    status, (made,), _ = mailroom("keys", "create", "shop", "--scopes", "messages:send,statistics:read", "--days", "30")
    assert status == 0
    key = str(made["key"])
    assert (key[:3], made["scopes"]) == ("mr_", ["messages:send", "statistics:read"])

    listed = mailroom("keys", "list")
    assert key not in listed[2]
    assert [one["name"] for one in listed[1]] == ["tests", "shop"]

    assert mailroom("keys", "revoke", "shop")[1][-1]["message"] == "the key is revoked"
    assert database.rows("SELECT revoked_at IS NOT NULL FROM api_keys WHERE name = 'shop'") == [(True,)]


def test_a_key_for_good_has_no_end(mailroom: Mailroom) -> None:
    _, (made,), _ = mailroom("keys", "create", "shop", "--scopes", "messages:send")

    assert made["expires_at"] is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("keys", "create", "x", "--scopes", "everything"), "scopes are of messages:send, messages:read"),
        (("keys", "create", "x", "--scopes", "messages:send", "--days", "0"), "a whole number from 1 to 3650"),
        (("users", "create", "x@example.com", "--role", "owner", "--name", "x"), "invalid Role value: 'owner'"),
    ],
)
def test_a_wrong_argument_is_named(mailroom: Mailroom, arguments: tuple[str, ...], reason: str) -> None:
    status, _, text = mailroom(*arguments)

    assert status == 2
    assert reason in text


def test_ensuring_a_key_can_narrow_what_it_may_do(mailroom: Mailroom, database: Database) -> None:
    narrow = ("keys", "ensure", "tests", "--scopes", "messages:send")

    changed = [mailroom(*narrow)[1][-1]["changed"], mailroom(*narrow)[1][-1]["changed"]]

    assert changed == [True, False]
    assert database.rows("SELECT scopes FROM api_keys") == [([Permission.MESSAGES_SEND.value],)]


def test_another_key_under_a_revoked_name_is_good(mailroom: Mailroom, database: Database) -> None:
    mailroom("keys", "create", "bootstrap", "--scopes", "messages:send", "--days", "1")
    mailroom("keys", "revoke", "bootstrap")
    database.rows("DELETE FROM api_keys WHERE name = 'tests'")

    assert mailroom("keys", "ensure", "bootstrap")[0] == 0

    assert database.rows("SELECT revoked_at, expires_at, shown FROM api_keys") == [(None, None, None)]


class Terminal(io.StringIO):
    """Standard input of somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "outcome"), [([PASSWORD, PASSWORD], (0, 1)), ([PASSWORD, "another horse battery"], (1, 0))]
)
def test_at_a_terminal_the_password_is_asked_for_twice(
    database: Database,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    typed: list[str],
    outcome: tuple[int, int],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin", Terminal())
    answers = iter(typed)
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))

    status = main(ANN)

    ((made,),) = database.rows("SELECT count(*) FROM users")
    assert (status, made) == outcome
    assert next(answers, None) is None
