from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from mailroom.access.permissions import PERMISSIONS, Permission, Role
from mailroom.accounts.entities import NewUser, User, UserChange
from mailroom.accounts.users import UserService
from mailroom.errors import Conflict, FieldError, InvalidRequest, NotFound, PermissionDenied
from support.accounts import NOON, PASSWORD, Clock, FakePasswords
from support.fake_storage import FakeStorage

ALL = frozenset(Permission)
ANN = NewUser("ann@example.com", "Ann", Role.ADMIN, PASSWORD)
BOB = NewUser("bob@example.com", "Bob", Role.VIEWER, PASSWORD)


@pytest.fixture
def service(storage: FakeStorage) -> UserService:
    return UserService(storage.unit_of_work, FakePasswords(), Clock())


@pytest.fixture
def ann(service: UserService) -> User:
    return service.create(ANN, ALL)


@pytest.fixture
def bob(service: UserService) -> User:
    return service.create(BOB, ALL)


def test_a_new_user_is_active_and_has_the_hash_of_their_password(ann: User) -> None:
    assert (ann.email, ann.name, ann.role, ann.active) == ("ann@example.com", "Ann", Role.ADMIN, True)
    assert ann.password_hash == f"new:{PASSWORD}"


def test_neither_a_password_nor_its_hash_shows_when_users_are_printed(ann: User) -> None:
    assert PASSWORD not in repr(ann) + repr(ANN)


def test_an_address_belongs_to_one_user(service: UserService, ann: User) -> None:
    assert ann
    with pytest.raises(Conflict, match="There is a user of this address already") as caught:
        service.create(ANN, ALL)

    assert caught.value.name == "address-taken"


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129, ""])
def test_a_password_has_12_to_128_characters(service: UserService, storage: FakeStorage, password: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        service.create(replace(ANN, password=password), ALL)

    assert caught.value.errors == [FieldError("A password has 12 to 128 characters.", pointer="#/password")]
    assert not storage.users.stored


@pytest.mark.parametrize("password", ["x" * 12, "x" * 128, "            "])
def test_any_password_of_that_length_will_do(service: UserService, password: str) -> None:
    assert service.create(replace(ANN, password=password), ALL)


def test_nobody_makes_a_user_who_may_do_more_than_they(service: UserService, storage: FakeStorage) -> None:
    with pytest.raises(PermissionDenied, match="keys:manage"):
        service.create(ANN, ALL - {Permission.KEYS_MANAGE})

    assert not storage.users.stored


def test_nobody_gives_a_role_that_may_do_more_than_they(service: UserService, storage: FakeStorage, bob: User) -> None:
    with pytest.raises(PermissionDenied, match="keys:manage"):
        service.change(bob.id, UserChange(role=Role.ADMIN), ALL - {Permission.KEYS_MANAGE})

    assert storage.users.stored[bob.id].role is Role.VIEWER


def test_nobody_lets_a_user_in_again_who_may_do_more_than_they(service: UserService, ann: User) -> None:
    service.create(replace(ANN, email="c@example.com"), ALL)
    service.change(ann.id, UserChange(active=False), ALL)

    with pytest.raises(PermissionDenied, match="keys:manage"):
        service.change(ann.id, UserChange(active=True), PERMISSIONS[Role.VIEWER])


def test_whoever_manages_users_may_deactivate_any_of_them(service: UserService, ann: User) -> None:
    service.create(replace(ANN, email="c@example.com"), ALL)

    assert not service.change(ann.id, UserChange(active=False), frozenset()).active


def test_what_is_left_out_of_a_change_stays(service: UserService, bob: User) -> None:
    changed = service.change(bob.id, UserChange(name="Robert"), ALL)

    assert changed == replace(bob, name="Robert")


@pytest.mark.parametrize("change", [UserChange(active=False), UserChange(role=Role.OPERATOR)])
def test_the_last_active_admin_stays_one(
    service: UserService, storage: FakeStorage, ann: User, change: UserChange
) -> None:
    with pytest.raises(Conflict, match="This is the last active admin: make another one first") as caught:
        service.change(ann.id, change, ALL)

    assert caught.value.name == "last-admin"
    assert storage.users.stored[ann.id] == ann


@pytest.mark.parametrize("change", [UserChange(name="Anna"), UserChange(role=Role.ADMIN), UserChange(active=True)])
def test_what_takes_nothing_away_is_done_to_the_last_admin_too(
    service: UserService, ann: User, change: UserChange
) -> None:
    assert service.change(ann.id, change, ALL).role is Role.ADMIN


@pytest.mark.parametrize("change", [UserChange(active=False), UserChange(role=Role.OPERATOR)])
def test_one_of_two_admins_may_go(service: UserService, ann: User, change: UserChange) -> None:
    service.create(replace(ANN, email="c@example.com"), ALL)

    assert service.change(ann.id, change, ALL).id == ann.id


@pytest.mark.parametrize("change", [UserChange(active=False), UserChange(role=Role.OPERATOR)])
def test_who_is_no_admin_may_go_while_there_is_one_admin(
    service: UserService, ann: User, bob: User, change: UserChange
) -> None:
    assert ann
    assert service.change(bob.id, change, ALL).id == bob.id


def test_who_is_deactivated_is_logged_out_everywhere(service: UserService, storage: FakeStorage, bob: User) -> None:
    _logged_in(storage, bob)

    service.change(bob.id, UserChange(active=False), ALL)
    service.change(bob.id, UserChange(active=True), ALL)

    assert [family.ended for family in storage.families.stored.values()] == [True]


def test_who_gets_another_name_stays_logged_in(service: UserService, storage: FakeStorage, bob: User) -> None:
    _logged_in(storage, bob)

    service.change(bob.id, UserChange(name="Robert"), ALL)

    assert [family.ended for family in storage.families.stored.values()] == [False]


def test_a_new_password_ends_all_logins(service: UserService, storage: FakeStorage, bob: User) -> None:
    _logged_in(storage, bob)

    service.set_password(bob.id, "another horse battery")

    assert storage.users.stored[bob.id].password_hash == "new:another horse battery"
    assert [family.ended for family in storage.families.stored.values()] == [True]


def test_a_new_password_keeps_to_the_rule(service: UserService, bob: User) -> None:
    with pytest.raises(InvalidRequest, match="12 to 128 characters"):
        service.set_password(bob.id, "short")


def test_who_is_not_there_is_not_found(service: UserService) -> None:
    for ask in (
        lambda: service.show(7),
        lambda: service.change(7, UserChange(name="x"), ALL),
        lambda: service.set_password(7, PASSWORD),
        lambda: service.with_address("nobody@example.com"),
    ):
        with pytest.raises(NotFound, match="There is no user of this id"):
            ask()


def test_users_are_found_by_id_and_by_address(service: UserService, bob: User) -> None:
    assert service.show(bob.id) == service.with_address("bob@example.com") == bob


def test_a_page_begins_after_an_id(service: UserService, ann: User, bob: User) -> None:
    assert service.page(0, 1) == [ann]
    assert service.page(ann.id, 5) == [bob]


def _logged_in(storage: FakeStorage, user: User) -> None:
    later = NOON.replace(year=2027)
    storage.families.begin(UUID(int=1), user.id, b"hash", NOON, later)
