"""A service that logs in over fakes, and a user."""

from __future__ import annotations

import pytest

from mailroom.access.permissions import Role
from mailroom.accounts.entities import NewUser, User
from mailroom.accounts.logins import LoginOutcome, LoginService
from mailroom.accounts.users import UserService
from support.accounts import PASSWORD, Clock, FakePasswords, FakeTokens
from support.fake_storage import FakeStorage
from support.logins import ALL, HOUR


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def passwords() -> FakePasswords:
    return FakePasswords()


@pytest.fixture
def outcomes() -> list[LoginOutcome]:
    return []


@pytest.fixture
def users(storage: FakeStorage, passwords: FakePasswords, clock: Clock) -> UserService:
    return UserService(storage.unit_of_work, passwords, clock)


@pytest.fixture
def ann(users: UserService) -> User:
    return users.create(NewUser("ann@example.com", "Ann", Role.OPERATOR, PASSWORD), ALL)


@pytest.fixture
def service(storage: FakeStorage, passwords: FakePasswords, clock: Clock, outcomes: list[LoginOutcome]) -> LoginService:
    return LoginService(
        storage.unit_of_work, passwords, FakeTokens(), seconds=HOUR, on_outcome=outcomes.append, clock=clock
    )
