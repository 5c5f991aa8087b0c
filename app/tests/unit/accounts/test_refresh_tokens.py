"""Whatever is done with refresh tokens in whatever order, a login has one good token, and a used one ends it."""

from __future__ import annotations

from mailroom.access.permissions import Permission, Role
from mailroom.accounts.entities import NewUser
from mailroom.accounts.logins import LoginService
from mailroom.accounts.users import UserService
from support.accounts import PASSWORD, FakePasswords, FakeTokens
from support.fake_storage import FakeStorage
from support.refreshing import EMAIL, RefreshTokens


class FakeRefreshTokens(RefreshTokens):
    def __init__(self) -> None:
        super().__init__()
        storage = FakeStorage()
        users = UserService(storage.unit_of_work, FakePasswords())
        ann = users.create(NewUser(EMAIL, "Ann", Role.VIEWER, PASSWORD), frozenset(Permission))
        self.service = LoginService(
            storage.unit_of_work, FakePasswords(), FakeTokens(), seconds=3600, on_outcome=lambda _: None
        )
        self.change_password = lambda: users.set_password(ann.id, PASSWORD)
        self.live = lambda: [
            list(family.tokens.values()).count(False) for family in storage.families.stored.values() if not family.ended
        ]


TestRefreshTokens = FakeRefreshTokens.TestCase
