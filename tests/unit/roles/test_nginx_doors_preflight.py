"""What the role nginx refuses of certificates, limits, maintenance and access."""

from __future__ import annotations

from typing import Any

import pytest

from tests.certificates import Authority, Issued
from tests.unit.roles.asking import ask
from tests.unit.roles.test_nginx_preflight import MAILROOM

pytestmark = pytest.mark.timeout(900)

AUTHORITY = Authority()
GOOD, OVER = AUTHORITY.issue("mailroom.test"), AUTHORITY.issue("mailroom.test", days=(-90, -1))
SHA512 = "$6$abcdefgh$" + "a" * 86
TEAM = {"name": "team", "password_hash": SHA512}


def given(issued: Issued, key: Issued | None = None) -> dict[str, str]:
    """Return a certificate and a key as variables give them."""
    return {
        "tls_source": "files",
        "certificate_pem": issued.chain_pem().decode(),
        "key_pem": (key or issued).key_pem().decode(),
    }


def of(**site: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"sites": [{**MAILROOM, **site}]}


def user(password_hash: str) -> dict[str, Any]:
    return {"users": [{"name": "team", "password_hash": password_hash}]}


TAKEN: dict[str, dict[str, Any]] = {
    "a certificate that is given": given(GOOD),
    "an ACME client's": {"tls_source": "acme"},
    "an app host without its certificate": {"public": False, "tls_source": "files"},
    "addresses and logins": {
        "own": ["10.20.0.5"],
        "exempt": ["198.51.100.0/24"],
        "team": ["2001:db8::/32"],
        "addresses": ["2001:db8::1"],
        "users": [TEAM, {"name": "ops@example.org", "password_hash": "$2y$05$" + "a" * 53}],
    },
    "a hash of SHA-256 with rounds": user("$5$rounds=10000$abc$" + "a" * 43),
    "no limits": {"limit_requests": 0},
    "paths for everybody": of(health_paths=["/healthz", "/health/"], open_paths=["/", "/a.b/c-d_e~f", "/x/y/"]),
    "a page with what pages have": {"page": "<style>p { color: \"red\" }</style>'$1' \\"},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key alone": (
        {"tls_source": "files", "key_pem": GOOD.key_pem().decode()},
        "nginx_tls_certificate_pem or nginx_tls_key_pem is set and the other isn't",
    ),
    "a certificate that is given and not asked for": (
        given(GOOD) | {"tls_source": "self-signed"},
        "nginx_tls_certificate_pem is set, and nginx_tls_source is self-signed; it must be files",
    ),
    "another's key": (given(GOOD, OVER), "is a certificate of another key than nginx_tls_key_pem; it must be good"),
    "a certificate that is over": (given(OVER), "nginx_tls_certificate_pem is a certificate that is over"),
    "files that aren't there": (
        {"tls_source": "files", "certificate": "/nowhere/site.crt"},
        "/nowhere/site.crt isn't on the host; with nginx_tls_source 'files' it must be there before nginx is, or",
    ),
    "an authority without a name to sign": (
        {"tls_source": "acme", **of(server_names=[])},
        "nginx_tls_source is acme, and no site has a name; authorities sign names",
    ),
    "an ACME client that keeps its certificate nowhere": (
        {"tls_source": "acme", "acme_certificate": ""},
        "nginx_tls_source is acme; then nginx_acme_certificate, nginx_acme_key and nginx_acme_webroot must say",
    ),
    "a name among the addresses": (
        {"addresses": ["office.example.org"]},
        "nginx_access_addresses has office.example.org; each must be an address or a network",
    ),
    "a range among the exempt": ({"exempt": ["10.0.0.1-9"]}, "nginx_limit_exempt has 10.0.0.1-9; each must be"),
    "a path that leads up": (of(open_paths=["/a/../b"]), "has the paths ['/a/../b']; each is one path, as in /health"),
    "a path with a pattern": (of(health_paths=["/health.*"]), "has the paths ['/health.*']; each is one path"),
    "a login twice": ({"users": [TEAM, TEAM]}, "nginx_access_users has team, team; each name is 1 to 64 of"),
    "a login with a colon": (
        {"users": [{"name": "a:b", "password_hash": SHA512}]},
        "nginx_access_users has a:b; each name is",
    ),
    "a password in the open": (user("hunter2"), "the password_hash of team must be one of `openssl passwd -6`"),
    "a hash in the open": (user("{PLAIN}hunter2"), "the password_hash of team must be one of"),
    "bcrypt that takes a fifth of a second": (user("$2y$12$" + "a" * 53), "or bcrypt with a cost of at most 08"),
    "a hundred thousand rounds": (user("$6$rounds=100000$abc$" + "a" * 86), "with at most 10000 rounds"),
    "a realm with quotes": ({"realm": 'the "team"'}, "nginx_access_realm may have 1 to 100 characters without quotes"),
    "a realm that means none": ({"realm": "off"}, "nginx_access_realm may have 1 to 100 characters"),
    "a page longer than a page": ({"page": "x" * 20001}, "nginx_maintenance_page 20000"),
    "a negative limit": ({"limit_requests": -1}, "nginx_limit_requests is -1; it may be 0 to 100000"),
    "nobody may ask again": ({"retry_after": 0}, "nginx_maintenance_retry_after is 0; it may be 1 to 86400"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases = TAKEN | {label: wrong for label, (wrong, _) in WRONG.items()}
    folder = tmp_path_factory.mktemp("said")
    return ask("nginx", {label: {"sites": [MAILROOM], **case} for label, case in cases.items()}, folder)


@pytest.mark.parametrize("label", TAKEN)
def test_what_can_be_served_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_can_not_be_served_is_refused_with_the_reason(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]


@pytest.mark.parametrize("label", ["another's key", "a password in the open", "a key alone"])
def test_a_refusal_does_not_tell_a_secret(said: dict[str, str], label: str) -> None:
    assert "PRIVATE KEY" not in said[label]
    assert "hunter2" not in said[label]
