"""Reading the keys of an OpenID provider over HTTPS."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from mailroom.errors import IssuerUnavailable

# RFC 7518, 3.1: RSA and elliptic curves with SHA-2. HMAC never: its secret would stand in the open.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_RSA_BITS = 2048
_SECONDS = 2.0
_SECONDS_IN_ALL = 4.0
_MOST_BYTES = 512 * 1024

Read = Callable[[str], object]


class _NoRedirects(HTTPRedirectHandler):
    """Goes nowhere that the provider didn't name in its own document."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - six parameters of urllib's, none looked at
        """Follow nothing: the redirect is then an error."""


def https_reader() -> Read:
    """Return a function that reads JSON over HTTPS, certificates checked. It raises IssuerUnavailable."""
    opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context()))

    def read(address: str) -> object:
        if not address.startswith("https://"):
            raise IssuerUnavailable(f"{address} doesn't begin with https://")
        deadline = time.monotonic() + _SECONDS_IN_ALL
        body = b""
        try:
            with opener.open(address, timeout=_SECONDS) as answer:
                while part := answer.read1():
                    body += part
                    if len(body) > _MOST_BYTES or time.monotonic() > deadline:
                        raise IssuerUnavailable(f"{address} answers too much, or too slowly")
            return json.loads(body)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise IssuerUnavailable(f"{address}: {type(error).__name__}: {error}") from error

    return read


def issuer_keys(issuer: str, read: Read) -> Mapping[str, PyJWK]:
    """Return the signing keys of an issuer by their id (OpenID Connect Discovery 1.0, 4). Raises IssuerUnavailable."""
    document = read(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise IssuerUnavailable(f"the discovery document of {issuer} is that of another issuer")
    offered = read(str(document.get("jwks_uri")))
    if not isinstance(offered, dict):
        raise IssuerUnavailable(f"the keys of {issuer} are no JSON object")
    try:
        keys = PyJWKSet.from_dict(offered).keys
    except PyJWTError as error:
        raise IssuerUnavailable(f"the keys of {issuer} can't be used: {error}") from error
    return {key.key_id: key for key in keys if key.key_id and _signs(key)}


def _signs(key: PyJWK) -> bool:
    strong = not key.algorithm_name.startswith("RS") or key.key.key_size >= _RSA_BITS
    return key.public_key_use in {None, "sig"} and key.algorithm_name in ALGORITHMS and strong
