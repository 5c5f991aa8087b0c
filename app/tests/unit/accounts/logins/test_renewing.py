"""Renewing and ending a login."""

from __future__ import annotations

import pytest

from mailroom.access.permissions import Role
from mailroom.accounts.entities import User, UserChange
from mailroom.accounts.logins import LoginOutcome, LoginService
from mailroom.accounts.users import UserService
from mailroom.errors import Conflict, InvalidRequest, NotAuthenticated
from support.accounts import PASSWORD, Clock, FakePasswords
from support.fake_storage import FakeStorage
from support.logins import ALL, HOUR


def test_a_login_is_renewed_and_ends_when_it_was_to_end(
    service: LoginService, clock: Clock, outcomes: list[LoginOutcome], ann: User
) -> None:
    login = service.log_in("ann@example.com", PASSWORD)
    clock.turn(seconds=HOUR / 2)

    renewed = service.renew(login.refresh_token)

    assert renewed.refresh_token != login.refresh_token
    assert renewed.expires_at == login.expires_at
    assert service.recognise(renewed.access_token).id == ann.id
    assert outcomes == [LoginOutcome.ACCEPTED, LoginOutcome.RENEWED]


def test_who_shows_a_used_refresh_token_ends_the_login(
    service: LoginService, outcomes: list[LoginOutcome], ann: User
) -> None:
    assert ann
    login = service.log_in("ann@example.com", PASSWORD)
    renewed = service.renew(login.refresh_token)

    with pytest.raises(NotAuthenticated, match="was used before, so its login has ended: log in again"):
        service.renew(login.refresh_token)
    assert outcomes[-1] is LoginOutcome.REPLAYED
    with pytest.raises(NotAuthenticated, match="is not known, or its login has ended: log in again"):
        service.renew(renewed.refresh_token)
    with pytest.raises(NotAuthenticated, match="The login of this access token has ended: log in again"):
        service.recognise(renewed.access_token)


def test_the_other_logins_of_the_user_go_on_after_that(service: LoginService, ann: User) -> None:
    login, other = (service.log_in("ann@example.com", PASSWORD) for _ in range(2))
    service.renew(login.refresh_token)
    with pytest.raises(NotAuthenticated):
        service.renew(login.refresh_token)

    assert service.recognise(service.renew(other.refresh_token).access_token).id == ann.id


def test_a_refresh_token_that_nobody_was_given_is_not_known(
    service: LoginService, outcomes: list[LoginOutcome]
) -> None:
    with pytest.raises(NotAuthenticated, match="The refresh token is not known"):
        service.renew("mrr_nobody")
    assert outcomes == [LoginOutcome.REFUSED]


def test_an_expired_login_is_not_renewed(service: LoginService, clock: Clock, ann: User) -> None:
    assert ann
    login = service.log_in("ann@example.com", PASSWORD)
    clock.turn(seconds=HOUR)

    with pytest.raises(NotAuthenticated, match="its login has ended"):
        service.renew(login.refresh_token)
    with pytest.raises(NotAuthenticated, match="has ended"):
        service.recognise(login.access_token)


def test_who_logs_out_is_out_at_once(service: LoginService, ann: User) -> None:
    assert ann
    login = service.log_in("ann@example.com", PASSWORD)

    service.log_out(login.refresh_token)

    with pytest.raises(NotAuthenticated, match="The login of this access token has ended"):
        service.recognise(login.access_token)
    with pytest.raises(NotAuthenticated):
        service.renew(login.refresh_token)


def test_logging_out_of_nothing_is_no_error(service: LoginService, storage: FakeStorage) -> None:
    service.log_out("mrr_nobody")

    assert not storage.families.stored


def test_a_changed_role_holds_at_the_next_request(service: LoginService, users: UserService, ann: User) -> None:
    login = service.log_in("ann@example.com", PASSWORD)

    users.change(ann.id, UserChange(role=Role.VIEWER), ALL)

    assert service.recognise(login.access_token).role is Role.VIEWER


def test_who_is_deactivated_is_out_at_once(service: LoginService, users: UserService, ann: User) -> None:
    login = service.log_in("ann@example.com", PASSWORD)

    users.change(ann.id, UserChange(active=False), ALL)

    with pytest.raises(NotAuthenticated, match="has ended"):
        service.recognise(login.access_token)


def test_a_changed_password_ends_all_logins(service: LoginService, ann: User) -> None:
    logins = [service.log_in("ann@example.com", PASSWORD) for _ in range(2)]

    service.change_password(ann.id, PASSWORD, "another horse battery")

    for login in logins:
        with pytest.raises(NotAuthenticated):
            service.recognise(login.access_token)
    assert service.log_in("ann@example.com", "another horse battery")


def test_a_password_is_changed_only_by_who_knows_it(
    service: LoginService, storage: FakeStorage, outcomes: list[LoginOutcome], ann: User
) -> None:
    with pytest.raises(Conflict, match=r"The old password is wrong\.") as caught:
        service.change_password(ann.id, "wrong horse battery", "another horse battery")

    assert caught.value.name == "wrong-password"
    assert storage.users.stored[ann.id] == ann
    assert outcomes == [LoginOutcome.REFUSED]


def test_a_changed_password_keeps_to_the_rule(service: LoginService, ann: User) -> None:
    with pytest.raises(InvalidRequest, match="12 to 128 characters"):
        service.change_password(ann.id, PASSWORD, "short")


def test_a_user_who_is_gone_changes_no_password(service: LoginService) -> None:
    with pytest.raises(Conflict, match="The old password is wrong"):
        service.change_password(7, PASSWORD, "another horse battery")


def test_without_signing_keys_nobody_can_log_in(storage: FakeStorage, passwords: FakePasswords) -> None:
    service = LoginService(storage.unit_of_work, passwords, None, seconds=HOUR, on_outcome=lambda _: None)

    with pytest.raises(Conflict, match="Logins are off: this service was given no keys") as caught:
        service.log_in("ann@example.com", PASSWORD)
    with pytest.raises(Conflict, match="Logins are off"):
        service.renew("mrr_x")
    assert caught.value.name == "logins-off"
    assert passwords.asked == []
