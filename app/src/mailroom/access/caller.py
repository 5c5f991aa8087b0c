"""Who a request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailroom.access.permissions import Permission
from mailroom.errors import PermissionDenied


class CallerKind(StrEnum):
    """By what a caller was known: an API key, a login here, or a token of an outside issuer."""

    KEY = "key"
    USER = "user"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Caller:
    """A known caller. `id` is unique within its kind; `name` is for people."""

    kind: CallerKind
    id: str
    name: str
    permissions: frozenset[Permission]

    @property
    def reference(self) -> str:
        """Kind and id in one, as it is stored beside what the caller did: `key:7`."""
        return f"{self.kind}:{self.id}"

    def must_have(self, permission: Permission) -> None:
        """Raise PermissionDenied, which names the permission, unless the caller has it."""
        if permission not in self.permissions:
            raise PermissionDenied(permission)
