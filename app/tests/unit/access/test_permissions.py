from __future__ import annotations

import pytest

from mailroom.access.caller import Caller, CallerKind
from mailroom.access.permissions import PERMISSIONS, Permission, Role
from mailroom.errors import PermissionDenied


def test_an_admin_may_do_everything() -> None:
    assert PERMISSIONS[Role.ADMIN] == set(Permission)


def test_an_operator_may_do_all_but_decide_who_else_may() -> None:
    assert set(Permission) - PERMISSIONS[Role.OPERATOR] == {Permission.KEYS_MANAGE, Permission.USERS_MANAGE}


def test_a_viewer_changes_nothing() -> None:
    assert {permission.partition(":")[2] for permission in PERMISSIONS[Role.VIEWER]} == {"read"}


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_a_caller_without_a_permission_is_told_which() -> None:
    viewer = Caller(CallerKind.USER, "1", "Ann", PERMISSIONS[Role.VIEWER])

    viewer.must_have(Permission.MESSAGES_READ)
    with pytest.raises(PermissionDenied, match="This needs the permission messages:send"):
        viewer.must_have(Permission.MESSAGES_SEND)
