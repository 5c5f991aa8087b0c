"""Asking a request for its key."""

from __future__ import annotations

from collections.abc import Callable

from flask import Request

from mailroom.errors import NotAuthenticated
from mailroom.keys.entities import ApiKey
from mailroom.keys.service import KeyService


def bearer_guard(service: KeyService) -> Callable[[Request], ApiKey]:
    """Return a function that gives the caller of a request, or raises NotAuthenticated (RFC 6750, 2.1)."""

    def authenticated(incoming: Request) -> ApiKey:
        scheme, _, key = incoming.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise NotAuthenticated("Send an API key: Authorization: Bearer <key>.")
        return service.recognise(key.strip())

    return authenticated
