"""Passwords that change: two of them, one `number:secret` a line, of which the first is used and both are accepted.

One that was made before it had a number is the first. In a database an odd one is of one login and an even one of the
other, so that there are never more than two.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.secrets.errors import SecretsError
from tools.secrets.keys import listed, number
from tools.secrets.table import Secret


def told(value: str) -> str:
    """Return in words which passwords there are, without them."""
    first, *others = [number(one) for one in _numbered(value)]
    return f"password {first} is used" + (f"; {', '.join(map(str, others))} accepted too" if others else "")


def rotated(secret: Secret) -> Callable[[str], str]:
    """Return what puts a new password before the old one. It raises SecretsError where there are two."""

    def rotate(value: str) -> str:
        there = _some(secret, value)
        if len(there) > 1:
            raise SecretsError(
                f"{secret.name} has an old password still ({told(value)}). Take it away first: RETIRE={secret.name}"
            )
        return "\n".join([f"{number(there[0]) + 1}:{secret.drawn()}", *there])

    return rotate


def retired(secret: Secret) -> Callable[[str], str]:
    """Return what drops the old password. It raises SecretsError where there is none."""

    def retire(value: str) -> str:
        there = _some(secret, value)
        if len(there) == 1:
            raise SecretsError(
                f"{secret.name} has one password only, so it can't be retired; ROTATE= makes another first"
            )
        return there[0]

    return retire


def _some(secret: Secret, value: str) -> list[str]:
    there = _numbered(value)
    if not there:
        raise SecretsError(f"{secret.name} is empty; take it away, and it's made anew")
    return there


def _numbered(value: str) -> list[str]:
    return [one if number(one) else f"1:{one}" for one in listed(value)]
