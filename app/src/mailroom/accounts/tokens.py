"""Access tokens: JSON Web Tokens, signed by us (RFC 7519, RFC 9068)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import jwt

from mailroom.accounts.entities import User
from mailroom.config import SigningKey
from mailroom.errors import NotAuthenticated

ISSUER = "urn:mailroom"
_AUDIENCE = "urn:mailroom:api"
_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "role", "iat", "exp", "jti", "family"]
_NOT_VALID = "The access token is not valid."


class SignedTokens:
    """Makes tokens that last `seconds`, signed with the first key, and reads those of any of the keys."""

    def __init__(self, keys: Sequence[SigningKey], seconds: int) -> None:
        self._first = keys[0]
        self._secrets = {key.id: key.secret for key in keys}
        self.seconds = seconds

    def issue(self, user: User, family: UUID, now: datetime) -> str:
        """Return a signed token for a user of a login.

        Its `role` is for its holder to read: what a caller may do is asked of the database at each request.
        """
        claims = {
            "iss": ISSUER,
            "aud": _AUDIENCE,
            "sub": str(user.id),
            "role": user.role.value,
            "iat": now,
            "exp": now + timedelta(seconds=self.seconds),
            "jti": uuid4().hex,
            "family": str(family),
        }
        headers = {"kid": self._first.id, "typ": _TYPE}
        return jwt.encode(claims, self._first.secret, _ALGORITHM, headers)

    def family_of(self, token: str) -> UUID:
        """Return of which login a token is. Raises NotAuthenticated where it isn't ours or has expired."""
        try:
            header = jwt.get_unverified_header(token)
            secret = self._secrets.get(header.get("kid", ""))
            if secret is None or header.get("typ") != _TYPE:
                raise NotAuthenticated(_NOT_VALID)
            options: jwt.types.Options = {"require": _CLAIMS}
            claims = jwt.decode(token, secret, [_ALGORITHM], options, audience=_AUDIENCE, issuer=ISSUER)
            return UUID(claims["family"])
        except jwt.ExpiredSignatureError:
            raise NotAuthenticated("The access token has expired: renew the login.") from None
        except jwt.PyJWTError:
            raise NotAuthenticated(_NOT_VALID) from None
