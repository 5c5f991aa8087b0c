from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from mailroom.access.caller import CallerKind
from mailroom.access.discovery import issuer_keys
from mailroom.access.oidc import OidcAuthenticator
from mailroom.access.permissions import PERMISSIONS, Permission, Role
from mailroom.config import OidcSettings
from mailroom.errors import IssuerUnavailable, NotAuthenticated
from support.issuer import AUDIENCE, ec_key, public_ec, public_rsa, rsa_key, token

ISSUER = "https://issuer.test/"
SETTINGS = OidcSettings(ISSUER, (AUDIENCE, "client-1"))
HMAC = {"kty": "oct", "kid": "hmac", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw", "alg": "HS256"}
NOT_VALID = r"The access token is not valid\."


def keys() -> list[dict[str, str]]:
    return [
        public_rsa("rsa", rsa_key()),
        public_ec("ec", ec_key()),
        public_rsa("weak", rsa_key("weak", 1024)),
        public_rsa("encrypts", rsa_key(), use="enc"),
        public_rsa("pss", rsa_key(), alg="PS256"),
        HMAC,
    ]


def authenticator(settings: OidcSettings = SETTINGS) -> OidcAuthenticator:
    documents = {
        "https://issuer.test/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": "https://issuer.test/j"},
        "https://issuer.test/j": {"keys": keys()},
    }
    found = issuer_keys(ISSUER, documents.__getitem__)

    def key_of(key_id: str) -> jwt.PyJWK:
        if key_id not in found:
            raise NotAuthenticated("unknown key")
        return found[key_id]

    return OidcAuthenticator(settings, key_of)


def test_a_token_of_the_issuer_names_a_caller() -> None:
    caller = authenticator().recognise(token(ISSUER))

    assert (caller.kind, caller.id, caller.reference) == (CallerKind.OUTSIDE, "auth0|7", "outside:auth0|7")
    assert caller.permissions == {Permission.MESSAGES_READ}


def test_a_token_may_be_signed_with_an_elliptic_curve() -> None:
    assert authenticator().recognise(token(ISSUER, ec_key(), "ES256", "ec")).id == "auth0|7"


def test_a_caller_of_groups_has_the_permissions_of_their_role() -> None:
    settings = OidcSettings(ISSUER, (AUDIENCE,), "cognito:groups", "mailroom-")

    groups: dict[str, Any] = {"cognito:groups": ["mailroom-viewer", "admin"]}

    caller = authenticator(settings).recognise(token(ISSUER, **groups))

    assert caller.permissions == PERMISSIONS[Role.VIEWER]


def test_only_tokens_of_that_issuer_are_taken() -> None:
    assert authenticator().takes(token(ISSUER))
    assert not authenticator().takes(token("https://issuer.test"))
    assert not authenticator().takes("mr_0123456789-0123456789-0123456789")


def test_an_audience_among_others_is_enough() -> None:
    assert authenticator().recognise(token(ISSUER, aud=["https://issuer.test/userinfo", AUDIENCE])).id == "auth0|7"


def test_cognitos_access_token_names_the_client_instead_of_an_audience() -> None:
    assert authenticator().recognise(token(ISSUER, aud=None, client_id="client-1", token_use="access")).id == "auth0|7"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.test"},
        {"aud": ["https://other.test", 7]},
        {"aud": None},
        {"aud": None, "client_id": "client-1"},
        {"aud": None, "client_id": "client-2", "token_use": "access"},
        {"aud": "client-1", "token_use": "id"},
        {"aud": "https://other.test", "client_id": "client-1", "token_use": "access"},
    ],
)
def test_a_token_for_somebody_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated, match=r"The access token is for another audience\."):
        authenticator().recognise(token(ISSUER, **claims))


def test_an_expired_token_is_refused() -> None:
    with pytest.raises(NotAuthenticated, match=r"The access token has expired\."):
        authenticator().recognise(token(ISSUER, exp=datetime.now(UTC) - timedelta(seconds=31)))


def test_clocks_may_differ_by_half_a_minute() -> None:
    assert authenticator().recognise(token(ISSUER, exp=datetime.now(UTC) - timedelta(seconds=20)))


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(lambda: token(ISSUER, rsa_key("another")), id="another key"),
        pytest.param(lambda: token(ISSUER, ec_key(), "ES256", "rsa"), id="a curve under the id of an RSA key"),
        pytest.param(lambda: token(ISSUER, kid=None), id="no key named"),
        pytest.param(lambda: token("https://issuer.test"), id="another issuer"),
        pytest.param(lambda: token(ISSUER, exp=None), id="no end"),
        pytest.param(lambda: token(ISSUER, sub=None), id="no subject"),
        pytest.param(lambda: token(ISSUER, sub=""), id="an empty subject"),
        pytest.param(lambda: token(ISSUER, sub="a\nb"), id="a subject of two lines"),
        pytest.param(lambda: token(ISSUER, sub="x" * 256), id="an endless subject"),
        pytest.param(lambda: token(ISSUER, nbf=datetime.now(UTC) + timedelta(hours=1)), id="not yet"),
        pytest.param(lambda: token(ISSUER, "x" * 32, "HS256"), id="HMAC"),
        pytest.param(lambda: jwt.encode({"iss": ISSUER}, "", "none", {"kid": "rsa"}), id="no signature"),
        pytest.param(lambda: token(ISSUER, rsa_key(), "PS256"), id="an algorithm that isn't taken"),
        pytest.param(lambda: "eyJ.e30.x", id="no token"),
        pytest.param(lambda: token(ISSUER)[:-4] + "AAAA", id="another signature"),
    ],
)
def test_a_token_that_is_not_good_is_refused(credential: Callable[[], str]) -> None:
    with pytest.raises(NotAuthenticated, match=NOT_VALID):
        authenticator().recognise(credential())


@pytest.mark.parametrize("key_id", ["weak", "encrypts", "pss", "hmac", "gone"])
def test_a_key_that_must_not_sign_is_none(key_id: str) -> None:
    with pytest.raises(NotAuthenticated, match="unknown key"):
        authenticator().recognise(token(ISSUER, kid=key_id))


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ([{"issuer": "https://other.test/", "jwks_uri": "https://issuer.test/j"}], "is that of another issuer"),
        ([[]], "is that of another issuer"),
        ([{"issuer": ISSUER, "jwks_uri": "https://issuer.test/j"}, []], "are no JSON object"),
        ([{"issuer": ISSUER, "jwks_uri": "https://issuer.test/j"}, {"keys": []}], "can't be used"),
        ([{"issuer": ISSUER, "jwks_uri": "https://issuer.test/j"}, {"keys": "x"}], "can't be used"),
        ([{"issuer": ISSUER, "jwks_uri": "https://issuer.test/j"}, {"keys": [{"kty": "x"}]}], "can't be used"),
    ],
)
def test_documents_that_are_wrong_make_the_issuer_unavailable(documents: list[object], reason: str) -> None:
    left = list(documents)
    with pytest.raises(IssuerUnavailable, match=reason):
        issuer_keys(ISSUER, lambda _: left.pop(0))


@pytest.mark.parametrize("issuer", ["https://issuer.test", "https://issuer.test/"])
def test_the_discovery_document_is_beside_the_issuer(issuer: str) -> None:
    asked: list[str] = []
    with pytest.raises(IssuerUnavailable):
        issuer_keys(issuer, asked.append)

    assert asked == ["https://issuer.test/.well-known/openid-configuration"]
