"""Access tokens of our own as credentials."""

from __future__ import annotations

from mailroom.access.caller import Caller, CallerKind
from mailroom.access.claims import unchecked_issuer
from mailroom.access.permissions import PERMISSIONS
from mailroom.accounts.logins import LoginService


class UserAuthenticator:
    """Knows people by the access token of their login. `issuer` is what our tokens say to be from."""

    def __init__(self, service: LoginService, issuer: str) -> None:
        self._service = service
        self._issuer = issuer

    def takes(self, credential: str) -> bool:
        """Tell whether the token says to be one of ours."""
        return unchecked_issuer(credential) == self._issuer

    def recognise(self, credential: str) -> Caller:
        """Return whose login it is, with what their role may do now. Raises NotAuthenticated, StorageUnavailable."""
        user = self._service.recognise(credential)
        return Caller(CallerKind.USER, str(user.id), user.name, PERMISSIONS[user.role])
