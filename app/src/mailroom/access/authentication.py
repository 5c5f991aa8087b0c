"""Telling from what a request brings who sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mailroom.access.caller import Caller
from mailroom.errors import NotAuthenticated


class Authenticator(Protocol):
    """Knows callers by one kind of credential."""

    def takes(self, credential: str) -> bool:
        """Tell by its form alone whether the credential is of this kind."""

    def recognise(self, credential: str) -> Caller:
        """Return whose it is. Raises NotAuthenticated, StorageUnavailable."""


class Authentication:
    """Asks the first authenticator that takes the credential of an Authorization header."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self._authenticators = authenticators

    def caller(self, authorization: str) -> Caller:
        """Return who sent the header (RFC 6750, 2.1). Raises NotAuthenticated, StorageUnavailable."""
        scheme, _, credential = authorization.partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            raise NotAuthenticated("Send an API key or an access token: Authorization: Bearer <it>.")
        for authenticator in self._authenticators:
            if authenticator.takes(credential):
                return authenticator.recognise(credential)
        raise NotAuthenticated("The credential is neither an API key nor an access token.")
