"""Tokens of an outside issuer as credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt

from mailroom.access.caller import Caller, CallerKind
from mailroom.access.claims import granted, unchecked_issuer
from mailroom.access.discovery import ALGORITHMS
from mailroom.config import OidcSettings
from mailroom.errors import NotAuthenticated

# Hosts whose clocks don't agree quite.
_LEEWAY_SECONDS = 30
_SUBJECT_CHARACTERS = 255
_NOT_VALID = "The access token is not valid."


class OidcAuthenticator:
    """Knows callers by a signed token of the configured issuer. `key_of` gives its key of an id."""

    def __init__(self, settings: OidcSettings, key_of: Callable[[str], jwt.PyJWK]) -> None:
        self._settings = settings
        self._key_of = key_of

    def takes(self, credential: str) -> bool:
        """Tell whether the token says to be of that issuer."""
        return unchecked_issuer(credential) == self._settings.issuer

    def recognise(self, credential: str) -> Caller:
        """Return whom the token names. Raises NotAuthenticated, IssuerUnavailable."""
        claims = self._checked(credential)
        subject = claims["sub"]
        if not 0 < len(subject) <= _SUBJECT_CHARACTERS or not subject.isprintable():
            raise NotAuthenticated(_NOT_VALID)
        if not self._is_for_us(claims):
            raise NotAuthenticated("The access token is for another audience.")
        permissions = granted(claims.get(self._settings.claim), self._settings.prefix)
        return Caller(CallerKind.OUTSIDE, subject, subject, permissions)

    def _checked(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "kid" not in header:
                raise NotAuthenticated(_NOT_VALID)
            return jwt.decode(
                token,
                self._key_of(header["kid"]),
                algorithms=ALGORITHMS,
                issuer=self._settings.issuer,
                leeway=_LEEWAY_SECONDS,
                # The audience is looked at apart: Cognito's access tokens have none.
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise NotAuthenticated("The access token has expired.") from None
        except jwt.PyJWTError:
            raise NotAuthenticated(_NOT_VALID) from None

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        # Cognito says what a token is for; one that tells a client who logged in opens no API.
        if claims.get("token_use", "access") != "access":
            return False
        audience = claims.get("aud", claims.get("client_id") if "token_use" in claims else None)
        named = audience if isinstance(audience, list) else [audience]
        return any(one in self._settings.audiences for one in named)
