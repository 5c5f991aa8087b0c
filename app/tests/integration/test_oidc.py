"""Tokens of a real outside issuer over HTTPS, on the whole application."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.access.discovery import https_reader
from mailroom.app import create_app
from mailroom.config import OidcSettings, RedisSettings, WebSettings
from mailroom.errors import IssuerUnavailable
from support.databases import Database
from support.https_issuer import DISCOVERY, KEYS, Issuer, https_issuer
from support.issuer import AUDIENCE, public_rsa, rsa_key, token

ME = "/api/v1/auth/me"


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with https_issuer(tmp_path) as issuer:
        yield issuer


@pytest.fixture
def trusting(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(issuer.authority))


@pytest.fixture
def client(issuer: Issuer, database: Database, redis_settings: RedisSettings) -> Iterator[FlaskClient]:
    settings = WebSettings(
        database.settings(), redis_settings, "noreply@mailroom.test", 65536, oidc=OidcSettings(issuer.url, (AUDIENCE,))
    )
    app = create_app(settings, CollectorRegistry())
    with ExitStack() as stack:
        stack.callback(app.extensions["mailroom.close"])
        yield app.test_client()


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


@pytest.mark.usefixtures("trusting")
def test_a_token_of_the_issuer_is_taken_and_its_keys_are_read_once(client: FlaskClient, issuer: Issuer) -> None:
    for _ in range(3):
        shown = client.get(ME, headers=bearer(token(issuer.url))).get_json()
        assert shown == {
            "kind": "outside",
            "id": "auth0|7",
            "name": "auth0|7",
            "permissions": ["messages:read"],
        }

    assert issuer.asked == [DISCOVERY, KEYS]


@pytest.mark.usefixtures("trusting")
def test_an_outsider_may_do_what_the_token_grants_and_no_more(
    client: FlaskClient, issuer: Issuer, database: Database
) -> None:
    body = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}

    sent = client.post("/api/v1/messages", json=body, headers=bearer(token(issuer.url, scope="messages:send")))
    refused = client.post("/api/v1/messages", json=body, headers=bearer(token(issuer.url)))

    assert (sent.status_code, refused.status_code) == (202, 403)
    assert refused.get_json()["permission"] == "messages:send"
    assert database.rows("SELECT caller, api_key_id FROM messages") == [("outside:auth0|7", None)]


@pytest.mark.usefixtures("trusting")
def test_a_token_that_is_not_good_is_a_401(client: FlaskClient, issuer: Issuer) -> None:
    answer = client.get(ME, headers=bearer(token(issuer.url, rsa_key("another"))))

    assert (answer.status_code, answer.get_json()["detail"]) == (401, "The access token is not valid.")


@pytest.mark.usefixtures("trusting")
def test_made_up_key_ids_do_not_make_the_issuer_be_asked_again(client: FlaskClient, issuer: Issuer) -> None:
    for number in range(5):
        answer = client.get(ME, headers=bearer(token(issuer.url, kid=f"made-up-{number}")))
        assert answer.status_code == 401

    assert issuer.asked == [DISCOVERY, KEYS]


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({DISCOVERY: (500, b"")}, id="an error"),
        pytest.param({DISCOVERY: (200, b"<html>")}, id="no JSON"),
        pytest.param({DISCOVERY: (302, b"/elsewhere")}, id="a redirect"),
        pytest.param({KEYS: (200, b" " * 600_000)}, id="endless keys"),
        pytest.param({DISCOVERY: (200, b'{"issuer": "https://other.test"}')}, id="the document of another"),
    ],
)
def test_an_issuer_that_cannot_be_asked_is_a_503_that_says_when_to_come_back(
    client: FlaskClient, issuer: Issuer, wrong: dict[str, tuple[int, bytes]]
) -> None:
    issuer.answers |= wrong

    answer = client.get(ME, headers=bearer(token(issuer.url)))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json()["type"] == "urn:mailroom:problem:issuer-unavailable"
    assert "/elsewhere" not in issuer.asked


@pytest.mark.usefixtures("trusting")
def test_keys_that_are_not_over_https_are_not_read(client: FlaskClient, issuer: Issuer) -> None:
    document = {"issuer": issuer.url, "jwks_uri": "http://127.0.0.1:1/keys"}
    issuer.answers[DISCOVERY] = (200, json.dumps(document).encode())

    assert client.get(ME, headers=bearer(token(issuer.url))).status_code == 503


def test_a_certificate_of_an_unknown_authority_is_not_trusted(client: FlaskClient, issuer: Issuer) -> None:
    assert client.get(ME, headers=bearer(token(issuer.url))).status_code == 503
    assert issuer.asked == []


def test_why_the_issuer_could_not_be_read_is_told_to_the_log(issuer: Issuer) -> None:
    with pytest.raises(IssuerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        https_reader()(issuer.url + DISCOVERY)


@pytest.mark.usefixtures("trusting")
def test_an_api_key_is_taken_beside_that(client: FlaskClient, issuer: Issuer, authorization: dict[str, str]) -> None:
    issuer.answers.clear()

    assert client.get(ME, headers=authorization).get_json()["kind"] == "key"
    assert issuer.asked == []


@pytest.mark.usefixtures("trusting")
def test_a_token_of_any_other_issuer_is_a_401(client: FlaskClient) -> None:
    answer = client.get(ME, headers=bearer(token("https://other.test")))

    assert (answer.status_code, answer.get_json()["detail"]) == (
        401,
        "The credential is neither an API key nor an access token.",
    )


@pytest.mark.usefixtures("trusting")
def test_a_key_that_the_issuer_begins_to_use_is_found(client: FlaskClient, issuer: Issuer) -> None:
    issuer.shows(public_rsa("rsa", rsa_key()), public_rsa("next", rsa_key("next")))

    assert client.get(ME, headers=bearer(token(issuer.url, rsa_key("next"), kid="next"))).status_code == 200
