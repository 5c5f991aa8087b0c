"""Secrets of which two are valid for a while: `number:secret` a line, the first is used, all are accepted.

A password that was made before it had a number is the first one.
"""

from __future__ import annotations

import re
from typing import Any

_LINE = re.compile(r"(?:(?P<number>\d{1,18}):)?(?P<secret>.*)", re.DOTALL)
_LOGINS = 2


def passwords(secret: str) -> list[str]:
    """Return the passwords without their numbers, the one to use first."""
    return [password for _, password in _listed(secret)]


def logins(secret: str, role: str) -> list[dict[str, str]]:
    """Return what a database's role logs in with, as ``name`` and ``password``, the one to use first.

    A login has one password. So two take turns: the role itself has every odd one, ``<role>_2`` every even one.
    """
    names = other(role), role
    return [{"name": names[number % _LOGINS], "password": password} for number, password in _listed(secret)]


def other(role: str) -> str:
    """Return the name of a role's other login."""
    return f"{role}_{_LOGINS}"


def numbered(secret: str) -> str:
    """Return a list of keys whose only key may lack its number: that is 1."""
    return "\n".join(f"{number}:{own}" for number, own in _listed(secret))


def _listed(secret: str) -> list[tuple[int, str]]:
    found = [_LINE.fullmatch(line.strip()) for line in str(secret).splitlines() if line.strip()]
    return [(int(line["number"] or 1), line["secret"]) for line in found if line]


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, Any]:  # noqa: D102
        return {"logins": logins, "numbered": numbered, "other_login": other, "passwords": passwords}
