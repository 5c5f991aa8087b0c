"""The property of refresh tokens, on the statements that run on a host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from mailroom.access.permissions import Permission, Role
from mailroom.accounts.entities import NewUser
from mailroom.accounts.logins import LoginService
from mailroom.accounts.users import UserService
from mailroom.db.once import units_of_work_for
from mailroom.db.unit_of_work import UnitOfWorkFactory
from support.accounts import PASSWORD, FakePasswords, FakeTokens
from support.databases import Database
from support.refreshing import EMAIL, RefreshTokens

_LIVE = """
SELECT count(*) FILTER (WHERE t.used_at IS NULL) FROM refresh_families f JOIN refresh_tokens t ON t.family_id = f.id
WHERE f.revoked_at IS NULL GROUP BY f.id
"""


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with units_of_work_for(database.settings(), "test") as unit_of_work:
        yield unit_of_work


def test_a_login_has_one_good_token_and_a_used_one_ends_it(database: Database, unit_of_work: UnitOfWorkFactory) -> None:
    users = UserService(unit_of_work, FakePasswords())
    ann = users.create(NewUser(EMAIL, "Ann", Role.VIEWER, PASSWORD), frozenset(Permission))

    class StoredRefreshTokens(RefreshTokens):
        def __init__(self) -> None:
            super().__init__()
            database.rows("DELETE FROM refresh_families")
            self.service = LoginService(
                unit_of_work, FakePasswords(), FakeTokens(), seconds=3600, on_outcome=lambda _: None
            )
            self.change_password = lambda: users.set_password(ann.id, PASSWORD)
            self.live = lambda: [count for (count,) in database.rows(_LIVE)]

    run_state_machine_as_test(
        StoredRefreshTokens, settings=settings(max_examples=15, stateful_step_count=15, deadline=None)
    )
