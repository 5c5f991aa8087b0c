"""What a signed token says of itself, before and after it is checked."""

from __future__ import annotations

import base64
import binascii
import json

from mailroom.access.permissions import PERMISSIONS, Permission, Role

_PARTS = 3


def unchecked_issuer(credential: str) -> str | None:
    """Return who a signed token says to be from (RFC 7519, `iss`); None for what is no such token.

    Anybody can write that: it only tells by whose keys the token is to be checked.
    """
    parts = credential.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def granted(value: object, prefix: str) -> frozenset[Permission]:
    """Return the permissions that a claim names: words in a text or in an array, of permissions and of roles.

    Only words that begin with the prefix count, without it: `mailroom/messages:send`. What isn't known grants nothing.
    """
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    names = {word.removeprefix(prefix) for word in words if isinstance(word, str) and word.startswith(prefix)}
    roles = (PERMISSIONS[role] for role in Role if role in names)
    return frozenset(permission for permission in Permission if permission in names).union(*roles)
