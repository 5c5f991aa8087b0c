"""The id that follows a request from nginx through logs, queue and worker, and back to the caller."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{1,64}")

request_id_in_hand: ContextVar[str | None] = ContextVar("request_id_in_hand", default=None)


def accept_or_make(offered: str | None) -> str:
    """Return the offered id when it is 1 to 64 of `[A-Za-z0-9_-]`, else a new one of 32 hex digits."""
    if offered is not None and _ACCEPTED.fullmatch(offered):
        return offered
    return secrets.token_hex(16)
