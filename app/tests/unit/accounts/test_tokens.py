from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from mailroom.access.permissions import Role
from mailroom.accounts.entities import User
from mailroom.accounts.tokens import SignedTokens
from mailroom.config import SigningKey
from mailroom.errors import NotAuthenticated
from support.accounts import NOON

OLD = SigningKey("2025", "old-secret-0123456789-0123456789-01")
NEW = SigningKey("2026", "new-secret-0123456789-0123456789-01")
ANN = User(
    7, "ann@example.com", "Ann", Role.OPERATOR, active=True, password_hash="hash", created_at=NOON, updated_at=NOON
)
FAMILY = UUID(int=5)


@pytest.fixture
def tokens() -> SignedTokens:
    return SignedTokens([NEW, OLD], 600)


def forged(key: SigningKey = NEW, algorithm: str = "HS256", kid: str | None = None, **claims: object) -> str:
    now = datetime.now(UTC)
    good = {
        "iss": "urn:mailroom",
        "aud": "urn:mailroom:api",
        "sub": "7",
        "role": "admin",
        "iat": now,
        # Parameters are made when tests are collected, and the last may run an hour later.
        "exp": now + timedelta(days=1),
        "jti": "x",
        "family": str(FAMILY),
    }
    told = {name: value for name, value in {**good, **claims}.items() if value is not None}
    secret = key.secret if algorithm.startswith("HS") else ""
    return jwt.encode(told, secret, algorithm, {"kid": kid or key.id, "typ": "at+jwt"})


def test_a_token_tells_of_which_login_it_is(tokens: SignedTokens) -> None:
    assert tokens.family_of(tokens.issue(ANN, FAMILY, datetime.now(UTC))) == FAMILY


def test_a_token_says_who_what_when_and_how_long(tokens: SignedTokens) -> None:
    token = tokens.issue(ANN, FAMILY, NOON)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert len(claims.pop("jti")) == 32
    assert claims == {
        "iss": "urn:mailroom",
        "aud": "urn:mailroom:api",
        "sub": "7",
        "role": "operator",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 600,
        "family": str(FAMILY),
    }


def test_the_first_key_signs(tokens: SignedTokens) -> None:
    header = jwt.get_unverified_header(tokens.issue(ANN, FAMILY, NOON))

    assert header == {"alg": "HS256", "kid": "2026", "typ": "at+jwt"}


def test_a_token_of_the_key_before_is_good_while_that_key_is_listed() -> None:
    token = SignedTokens([OLD], 600).issue(ANN, FAMILY, datetime.now(UTC))

    assert SignedTokens([NEW, OLD], 600).family_of(token) == FAMILY
    with pytest.raises(NotAuthenticated, match=r"The access token is not valid\."):
        SignedTokens([NEW], 600).family_of(token)


def test_an_expired_token_is_refused(tokens: SignedTokens) -> None:
    token = tokens.issue(ANN, FAMILY, datetime.now(UTC) - timedelta(seconds=601))

    with pytest.raises(NotAuthenticated, match="The access token has expired: renew the login"):
        tokens.family_of(token)


def test_what_the_tests_forge_would_be_good(tokens: SignedTokens) -> None:
    assert tokens.family_of(forged()) == FAMILY


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(forged(SigningKey("2026", "x" * 32)), id="another secret"),
        pytest.param(forged(OLD, kid="2026"), id="the secret of another key"),
        pytest.param(forged(kid="2027"), id="unknown key"),
        pytest.param(forged(algorithm="none"), id="no signature"),
        pytest.param(forged(SigningKey("2026", NEW.secret * 2), "HS512"), id="another algorithm"),
        pytest.param(forged(iss="urn:other"), id="another issuer"),
        pytest.param(forged(aud="urn:other"), id="another audience"),
        pytest.param(forged(family=None), id="no login"),
        pytest.param(forged(jti=None), id="no id"),
        pytest.param(forged(exp=None), id="no end"),
        pytest.param(jwt.encode({"iss": "urn:mailroom"}, NEW.secret, "HS256"), id="no key named"),
        pytest.param("eyJ.e30.x", id="no token"),
    ],
)
def test_any_other_token_is_not_valid(tokens: SignedTokens, token: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"The access token is not valid\."):
        tokens.family_of(token)


def test_no_secret_shows_when_a_key_is_printed() -> None:
    assert repr(NEW) == "SigningKey(id='2026')"
