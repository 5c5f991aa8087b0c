"""Lists of keys, one `number:secret` a line: the first signs, all are accepted, the highest number is the newest.

A key changes in three steps, with a release after each. While lanes move, both slots serve: a key that the new slot
signs with must be known to the old one by then, or what it signed is refused there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tools.secrets.errors import SecretsError
from tools.secrets.table import Secret

_NUMBER = re.compile(r"(\d{1,18}):")


def listed(value: str) -> list[str]:
    """Return the keys of a list, the one that signs first."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def number(key: str) -> int:
    """Return a key's number, by which its age is known; 0 for one that was given another name by hand."""
    found = _NUMBER.match(key)
    return int(found[1]) if found else 0


def told(value: str) -> str:
    """Return in words which keys there are, without them."""
    first, *others = map(number, listed(value))
    return f"key {first} signs" + (f"; {', '.join(map(str, others))} accepted too" if others else "")


def rotated(secret: Secret) -> Callable[[str], str]:
    """Return what adds a new key: accepted by whoever knows it, and not signing yet.

    It raises SecretsError where the newest doesn't sign yet.
    """

    def rotate(value: str) -> str:
        keys = _some(secret, value)
        newest = max(map(number, keys))
        if number(keys[0]) < newest:
            raise SecretsError(
                f"{secret.name} has a new key already ({told(value)}). Release, then let it sign: SIGN={secret.name}"
            )
        return "\n".join([*keys, f"{newest + 1}:{secret.drawn()}"])

    return rotate


def signing(secret: Secret) -> Callable[[str], str]:
    """Return what lets the newest key sign. It raises SecretsError where it does."""

    def sign(value: str) -> str:
        keys = _some(secret, value)
        newest = max(keys, key=number)
        if newest == keys[0]:
            raise SecretsError(f"the newest key of {secret.name} signs already ({told(value)}); ROTATE= adds another")
        return "\n".join([newest, *(key for key in keys if key != newest)])

    return sign


def retired(secret: Secret) -> Callable[[str], str]:
    """Return what drops the oldest key. It raises SecretsError where that one is the only one, or signs."""

    def retire(value: str) -> str:
        keys = _some(secret, value)
        if len(keys) == 1:
            raise SecretsError(f"{secret.name} has one key only, so it can't be retired; ROTATE= adds another first")
        if number(keys[0]) < max(map(number, keys)):
            raise SecretsError(
                f"{secret.name} is signed with an old key still ({told(value)}). Let the new one sign first: "
                f"SIGN={secret.name}"
            )
        # Of keys without a number the last is taken for the oldest, since the first one signs.
        oldest = min(reversed(keys), key=number)
        return "\n".join(key for key in keys if key != oldest)

    return retire


def _some(secret: Secret, value: str) -> list[str]:
    keys = listed(value)
    if not keys:
        raise SecretsError(f"{secret.name} is empty, and not a list of keys; take it away, and it's made anew")
    return keys
