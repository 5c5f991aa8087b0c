"""/api/v1/auth against fakes."""

from __future__ import annotations

import jsonschema  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.access.permissions import PERMISSIONS, Role
from mailroom.accounts.schemas import TokenRequest
from support.account_routes import AUTH, KEYS, LOGIN, bearer, login, problem
from support.accounts import PASSWORD


def test_a_login_answers_tokens_that_nobody_keeps(client: FlaskClient) -> None:
    answer = client.post(f"{AUTH}/token", json={**LOGIN, "email": "viewer@example.com"})

    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.get_json()) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "login_expires_at",
    }
    assert (answer.get_json()["token_type"], answer.get_json()["expires_in"]) == ("Bearer", 600)


def test_a_wrong_password_is_a_401(client: FlaskClient) -> None:
    assert problem(client.post(f"{AUTH}/token", json={**LOGIN, "email": "admin@example.com", "password": "no"})) == (
        401,
        "not-authenticated",
        "The e-mail address or the password is wrong.",
    )


def test_a_refresh_token_is_exchanged(client: FlaskClient) -> None:
    first = login(client)

    answer = client.post(f"{AUTH}/token", json={"grant": "refresh", "refresh_token": first["refresh_token"]})

    assert answer.status_code == 200
    assert answer.get_json()["refresh_token"] != first["refresh_token"]


@pytest.mark.parametrize(
    "body",
    [
        {"grant": "password", "email": "ann@example.com"},
        {"grant": "password", "password": PASSWORD},
        {"grant": "refresh"},
        {"grant": "refresh", "refresh_token": None},
        {"grant": "refresh", "refresh_token": "mrr_x", "email": "ann@example.com"},
        {"grant": "refresh", "refresh_token": "mrr_x", "password": None},
        {**LOGIN, "refresh_token": "mrr_x"},
    ],
)
def test_a_grant_takes_its_own_fields_and_the_document_says_so(client: FlaskClient, body: dict[str, object]) -> None:
    answer = client.post(f"{AUTH}/token", json=body)

    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "#")
    assert error["detail"].endswith("and nothing else.")
    assert not jsonschema.Draft202012Validator(TokenRequest.model_json_schema()).is_valid(body)


@pytest.mark.parametrize("body", [LOGIN, {"grant": "refresh", "refresh_token": "mrr_x"}])
def test_a_good_grant_is_one_by_the_document(body: dict[str, object]) -> None:
    jsonschema.Draft202012Validator(TokenRequest.model_json_schema()).validate(body)


def test_attempts_are_counted(client: FlaskClient, registry: CollectorRegistry) -> None:
    login(client)
    client.post(f"{AUTH}/token", json=LOGIN)

    counted = {
        outcome: registry.get_sample_value("mailroom_logins_total", {"outcome": outcome})
        for outcome in ("accepted", "refused", "renewed", "replayed")
    }
    assert counted == {"accepted": 1, "refused": 1, "renewed": 0, "replayed": 0}


def test_who_logs_out_is_refused_afterwards(client: FlaskClient) -> None:
    tokens = login(client)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get(f"{AUTH}/me", headers=header).status_code == 200

    assert client.post(f"{AUTH}/logout", json={"refresh_token": tokens["refresh_token"]}).status_code == 204

    assert problem(client.get(f"{AUTH}/me", headers=header))[0] == 401


def test_a_user_changes_their_password(client: FlaskClient) -> None:
    header = bearer(client, "viewer")
    body = {"old_password": PASSWORD, "password": "another horse battery"}

    assert client.post(f"{AUTH}/password", json=body, headers=header).status_code == 204

    assert problem(client.get(f"{AUTH}/me", headers=header))[2] == (
        "The login of this access token has ended: log in again."
    )


def test_a_wrong_old_password_is_a_409(client: FlaskClient) -> None:
    body = {"old_password": "wrong horse battery", "password": "another horse battery"}

    answer = client.post(f"{AUTH}/password", json=body, headers=bearer(client))

    assert problem(answer) == (409, "wrong-password", "The old password is wrong.")


def test_a_key_has_no_password(app: Flask, client: FlaskClient) -> None:
    made = client.post(KEYS, json={"name": "shop", "scopes": ["messages:send"]}, headers=bearer(client)).get_json()
    body = {"old_password": PASSWORD, "password": "another horse battery"}

    answer = client.post(f"{AUTH}/password", json=body, headers={"Authorization": f"Bearer {made['key']}"})

    assert app
    assert problem(answer)[:2] == (409, "no-password")


@pytest.mark.parametrize("role", list(Role))
def test_me_tells_who_calls_and_what_they_may_do(client: FlaskClient, role: Role) -> None:
    shown = client.get(f"{AUTH}/me", headers=bearer(client, role)).get_json()

    assert (shown["kind"], shown["name"]) == ("user", role)
    assert set(shown["permissions"]) == PERMISSIONS[role]


def test_me_is_nobody_without_a_credential(client: FlaskClient) -> None:
    assert problem(client.get(f"{AUTH}/me"))[0] == 401
