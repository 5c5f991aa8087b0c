"""What the role certbot refuses before it asks an authority, which counts failed tries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

TAKEN: dict[str, dict[str, Any]] = {
    "one name": {},
    "many names and a mail": {
        "names": ["a.example.org", "xn--mller-kva.example", "b-1.co"],
        "email": "ops@example.org",
    },
    "switched off, whatever else is wrong": {"enabled": False, "agreed": False, "names": ["*"]},
    "an authority of one's own": {"url": "https://pebble.test:14000/dir", "command": ""},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "terms that nobody agreed to": (
        {"agreed": False},
        "certbot_terms_agreed is false; read the terms of acme-v02.api.letsencrypt.org",
    ),
    "no name": ({"names": []}, "certbot_names is empty; it must have at least one host name"),
    "a wildcard": (
        {"names": ["a.example.org", "*.example.org"]},
        "certbot_names has *.example.org; each must be a whole host name, since the challenge over HTTP proves neither",
    ),
    "an address": ({"names": ["192.0.2.7"]}, "certbot_names has 192.0.2.7; each must be a whole host name"),
    "a name without a domain": ({"names": ["localhost"]}, "certbot_names has localhost; each must be a whole"),
    "more names than one certificate takes": (
        {"names": [f"n{number}.example.org" for number in range(101)]},
        "certbot_names has 101 names; an authority takes at most 100",
    ),
    "a name that is a path": ({"name": "../x"}, "certbot_name is ../x; it may have 1 to 63 of a-z"),
    "no address of mail": ({"email": "ops"}, "certbot_email is ops; it must be an address of mail, or empty"),
    "an authority without TLS": ({"url": "http://acme.test/dir"}, "it must begin with https://"),
    "a command with arguments": ({"command": "/bin/sh -c true"}, "it must be an absolute path without blanks"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    return ask(
        "certbot", TAKEN | {label: wrong for label, (wrong, _) in WRONG.items()}, tmp_path_factory.mktemp("said")
    )


@pytest.mark.parametrize("label", TAKEN)
def test_what_a_certificate_can_be_got_with_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_no_certificate_can_be_got_with_is_refused_with_the_reason(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]
