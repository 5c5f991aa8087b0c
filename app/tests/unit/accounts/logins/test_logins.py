"""Logging in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailroom.accounts.entities import User, UserChange, hash_refresh_token
from mailroom.accounts.logins import LoginOutcome, LoginService
from mailroom.accounts.users import UserService
from mailroom.errors import Conflict, NotAuthenticated
from support.accounts import NOON, PASSWORD, Clock, FakePasswords, FakeTokens
from support.fake_storage import FakeStorage
from support.logins import ALL, HOUR, WRONG


def test_who_knows_the_password_is_logged_in(service: LoginService, ann: User) -> None:
    login = service.log_in("ann@example.com", PASSWORD)

    assert service.recognise(login.access_token) == replace(ann, last_login_at=NOON)
    assert (login.access_seconds, login.expires_at) == (600, NOON + timedelta(seconds=HOUR))


def test_tokens_do_not_show_when_a_login_is_printed(service: LoginService, ann: User) -> None:
    assert ann
    login = service.log_in("ann@example.com", PASSWORD)

    assert login.refresh_token not in repr(login)
    assert login.access_token not in repr(login)


def test_a_refresh_token_is_kept_as_a_hash_only(service: LoginService, storage: FakeStorage, ann: User) -> None:
    assert ann
    login = service.log_in("ann@example.com", PASSWORD)

    (family,) = storage.families.stored.values()
    assert family.tokens == {hash_refresh_token(login.refresh_token): False}
    assert len(login.refresh_token) == len("mrr_") + 43


def test_an_address_may_be_written_in_any_case(service: LoginService, ann: User) -> None:
    assert ann
    assert service.log_in("Ann@Example.COM", PASSWORD)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@example.com", "wrong horse battery"),
        ("bob@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("a\x00b@example.com", PASSWORD),
        ("", PASSWORD),
    ],
)
@pytest.mark.usefixtures("ann")
def test_a_wrong_password_and_an_unknown_address_are_refused_alike(
    service: LoginService, passwords: FakePasswords, outcomes: list[LoginOutcome], email: str, password: str
) -> None:
    with pytest.raises(NotAuthenticated, match=WRONG):
        service.log_in(email, password)

    assert len(passwords.asked) == 1
    assert outcomes == [LoginOutcome.REFUSED]


def test_who_was_deactivated_is_refused_like_a_wrong_password(
    service: LoginService, users: UserService, passwords: FakePasswords, ann: User
) -> None:
    users.change(ann.id, UserChange(active=False), ALL)

    with pytest.raises(NotAuthenticated, match=WRONG):
        service.log_in("ann@example.com", PASSWORD)
    assert passwords.asked == [ann.password_hash]


def test_a_hash_of_older_parameters_is_renewed_at_login(
    service: LoginService, storage: FakeStorage, passwords: FakePasswords, ann: User
) -> None:
    passwords.version = "newer"

    service.log_in("ann@example.com", PASSWORD)

    assert storage.users.stored[ann.id].password_hash == f"newer:{PASSWORD}"


def test_a_hash_of_today_is_left_alone(service: LoginService, storage: FakeStorage, ann: User) -> None:
    service.log_in("ann@example.com", PASSWORD)

    assert storage.users.stored[ann.id].password_hash == ann.password_hash


class Meddling(FakePasswords):
    """Has somebody else change the stored hash while a password is compared, once."""

    def __init__(self, storage: FakeStorage, becomes: str) -> None:
        super().__init__()
        self._storage = storage
        self._becomes = becomes

    def matches(self, password_hash: str | None, password: str) -> bool:
        same = super().matches(password_hash, password)
        if len(self.asked) == 1:
            user = self._storage.users.stored[1]
            self._storage.users.stored[1] = replace(user, password_hash=self._becomes)
        return same


def test_a_login_is_good_though_another_one_renewed_the_hash_meanwhile(storage: FakeStorage, ann: User) -> None:
    assert ann
    passwords = Meddling(storage, f"newer:{PASSWORD}")
    service = LoginService(
        storage.unit_of_work, passwords, FakeTokens(), seconds=HOUR, on_outcome=lambda _: None, clock=Clock()
    )

    assert service.log_in("ann@example.com", PASSWORD)
    assert len(storage.families.stored) == 1


def test_an_old_password_opens_nothing_once_it_was_changed_meanwhile(storage: FakeStorage, ann: User) -> None:
    assert ann
    passwords = Meddling(storage, "new:another horse battery")
    service = LoginService(
        storage.unit_of_work, passwords, FakeTokens(), seconds=HOUR, on_outcome=lambda _: None, clock=Clock()
    )

    with pytest.raises(NotAuthenticated, match=WRONG):
        service.log_in("ann@example.com", PASSWORD)
    assert not storage.families.stored


def test_a_password_changed_by_two_at_once_is_changed_by_one(storage: FakeStorage, ann: User) -> None:
    service = LoginService(
        storage.unit_of_work,
        Meddling(storage, "new:another horse battery"),
        FakeTokens(),
        seconds=HOUR,
        on_outcome=lambda _: None,
        clock=Clock(),
    )

    with pytest.raises(Conflict, match="The password was changed by somebody else at this moment"):
        service.change_password(ann.id, PASSWORD, "a third horse battery")
    assert storage.users.stored[ann.id].password_hash == "new:another horse battery"


def test_each_login_clears_some_that_have_expired(
    service: LoginService, storage: FakeStorage, clock: Clock, ann: User
) -> None:
    assert ann
    service.log_in("ann@example.com", PASSWORD)
    clock.turn(seconds=HOUR + 1)

    service.log_in("ann@example.com", PASSWORD)

    assert [family.expires_at for family in storage.families.stored.values()] == [clock.now + timedelta(seconds=HOUR)]
