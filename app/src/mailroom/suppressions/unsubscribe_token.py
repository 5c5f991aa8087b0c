"""The token of a link that ends such mail: the id of a message, signed. It names nobody."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

_ID_BYTES = 16
_MARK_BYTES = 16
# Both together are 32 bytes, which base64 writes in 43 characters and one of padding.
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def make(keys: Sequence[bytes], message_id: UUID) -> str:
    """Return the token of a message, signed with the first of the keys: 43 characters that fit a URL as they are."""
    return _encoded(message_id.bytes + _mark(keys[0], message_id))


def read(keys: Sequence[bytes], token: str) -> UUID | None:
    """Return the message of a token that one of the keys signed; None for any other text."""
    if not _FORM.fullmatch(token):
        return None
    whole = urlsafe_b64decode(token + "=")
    message_id, mark = UUID(bytes=whole[:_ID_BYTES]), whole[_ID_BYTES:]
    # The last character has two bits to spare: of the four ways to write a token only ours is one.
    genuine = _encoded(whole) == token
    # All of them, whichever matches: time tells nothing.
    matches = [hmac.compare_digest(_mark(key, message_id), mark) for key in keys]
    return message_id if genuine and any(matches) else None


def _mark(key: bytes, message_id: UUID) -> bytes:
    return hmac.digest(key, b"unsubscribe" + message_id.bytes, "sha256")[:_MARK_BYTES]


def _encoded(whole: bytes) -> str:
    return urlsafe_b64encode(whole).rstrip(b"=").decode("ascii")
