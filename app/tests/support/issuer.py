"""An outside issuer: keys and tokens of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "https://mailroom.test/api"


@cache
def rsa_key(name: str = "rsa", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return one key for each name."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_rsa(key_id: str, key: rsa.RSAPrivateKey, **members: str) -> dict[str, Any]:
    """Return an RSA key as its issuer shows it."""
    shown = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {**shown, "kid": key_id, "alg": "RS256", "use": "sig", **members}


def public_ec(key_id: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """Return an EC key as its issuer shows it."""
    return {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": key_id}


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | str


def token(
    issuer: str, key: Key | None = None, algorithm: str = "RS256", kid: str | None = "rsa", **claims: object
) -> str:
    """Return a token of an issuer, good unless told otherwise; a claim of None is left out."""
    good = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": "auth0|7",
        "exp": datetime.now(UTC) + timedelta(minutes=1),
        "scope": "messages:read",
    }
    told = {name: value for name, value in {**good, **claims}.items() if value is not None}
    return jwt.encode(told, key or rsa_key(), algorithm, {"kid": kid} if kid else None)
