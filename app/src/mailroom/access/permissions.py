"""Who may do what. This table is the only place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """What a caller may do. A key's scopes are permissions too."""

    MESSAGES_SEND = "messages:send"
    MESSAGES_READ = "messages:read"
    MESSAGES_MANAGE = "messages:manage"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_WRITE = "suppressions:write"
    STATISTICS_READ = "statistics:read"
    KEYS_MANAGE = "keys:manage"
    USERS_MANAGE = "users:manage"


class Role(StrEnum):
    """What a person is to Mailroom."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


_READING = frozenset(permission for permission in Permission if permission.endswith(":read"))

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.OPERATOR: frozenset(Permission) - {Permission.KEYS_MANAGE, Permission.USERS_MANAGE},
    Role.VIEWER: _READING,
}
