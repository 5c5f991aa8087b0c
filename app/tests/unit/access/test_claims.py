from __future__ import annotations

import base64

import jwt
import pytest

from mailroom.access.claims import granted, unchecked_issuer
from mailroom.access.permissions import PERMISSIONS, Permission, Role

SECRET = "s" * 32


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_a_token_says_who_issued_it() -> None:
    assert unchecked_issuer(jwt.encode({"iss": "https://issuer"}, SECRET)) == "https://issuer"


@pytest.mark.parametrize("credential", ["", "a.b", "a.b.c.d", "mr_0123456789-0123456789", "eyJ.!!!.x", "eyJ.ä.x"])
def test_what_is_no_token_has_no_issuer(credential: str) -> None:
    assert unchecked_issuer(credential) is None


@pytest.mark.parametrize("claims", [b"{", b"\xff", b"[]", b"{}", b'{"iss": 1}', b"[" * 100_000], ids=range(6))
def test_a_token_of_other_claims_has_no_issuer(claims: bytes) -> None:
    assert unchecked_issuer(f"eyJ.{part(claims)}.x") is None


@pytest.mark.parametrize(
    ("value", "prefix", "permissions"),
    [
        ("openid messages:send messages:read", "", {Permission.MESSAGES_SEND, Permission.MESSAGES_READ}),
        (["messages:send", "other:thing"], "", {Permission.MESSAGES_SEND}),
        ("mailroom/messages:send", "mailroom/", {Permission.MESSAGES_SEND}),
        ("messages:send", "mailroom/", set()),
        (["mailroom-viewer"], "mailroom-", PERMISSIONS[Role.VIEWER]),
        (["viewer", "messages:send"], "", {Permission.MESSAGES_SEND, *PERMISSIONS[Role.VIEWER]}),
        (["admin", "viewer"], "", set(Permission)),
        ([7, None, ["admin"]], "", set()),
        ({"admin": True}, "", set()),
        (None, "", set()),
        (7, "", set()),
        ("administrator ADMIN", "", set()),
    ],
)
def test_words_of_a_claim_grant_what_they_name(value: object, prefix: str, permissions: set[Permission]) -> None:
    assert granted(value, prefix) == permissions
