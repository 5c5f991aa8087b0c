"""/api/v1/users and /api/v1/keys against fakes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from support.account_routes import ANN, AUTH, KEYS, LOGIN, NOBODY, USERS, an_app, bearer, problem
from support.limits import limiter_of


@pytest.mark.parametrize("role", ["operator", "viewer"])
@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", USERS, "users:manage"),
        ("POST", USERS, "users:manage"),
        ("GET", f"{USERS}/1", "users:manage"),
        ("PATCH", f"{USERS}/1", "users:manage"),
        ("GET", KEYS, "keys:manage"),
        ("POST", KEYS, "keys:manage"),
        ("GET", f"{KEYS}/1", "keys:manage"),
        ("POST", f"{KEYS}/1/revoke", "keys:manage"),
    ],
)
def test_only_an_admin_manages_users_and_keys(
    client: FlaskClient, role: str, method: str, path: str, permission: str
) -> None:
    answer = client.open(path, method=method, json={}, headers=bearer(client, role))

    assert problem(answer) == (403, "permission-denied", f"This needs the permission {permission}.")


def test_a_user_is_made_shown_and_changed(client: FlaskClient) -> None:
    header = bearer(client)
    made = client.post(USERS, json={**ANN, "email": "Ann@EXAMPLE.com", "role": "viewer"}, headers=header)
    assert (made.status_code, made.get_json()["email"]) == (201, "ann@example.com")
    assert "password" not in made.text

    changed = client.patch(made.headers["Location"], json={"role": "operator", "name": None}, headers=header)

    shown = client.get(made.headers["Location"], headers=header)
    assert changed.get_json() == shown.get_json() == {**made.get_json(), "role": "operator"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "#/email"),
        ({"email": "a" * 250 + "@b.de"}, "#/email"),
        ({"name": " "}, "#/name"),
        ({"name": "a\nb"}, "#/name"),
        ({"name": "x" * 101}, "#/name"),
        ({"role": "owner"}, "#/role"),
        ({"role": 1}, "#/role"),
        ({"password": "x" * 11}, "#/password"),
        ({"password": "x" * 129}, "#/password"),
        ({"active": True}, "#/active"),
    ],
)
def test_a_user_that_cannot_be_is_a_422_that_names_the_field(
    client: FlaskClient, change: dict[str, object], pointer: str
) -> None:
    answer = client.post(USERS, json={**ANN, **change}, headers=bearer(client))

    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_taken_address_is_a_409(client: FlaskClient) -> None:
    answer = client.post(USERS, json={**ANN, "email": "admin@example.com"}, headers=bearer(client))

    assert problem(answer) == (409, "address-taken", "There is a user of this address already.")


def test_the_last_admin_cannot_demote_themselves(client: FlaskClient) -> None:
    answer = client.patch(f"{USERS}/1", json={"role": "viewer"}, headers=bearer(client))

    assert problem(answer)[:2] == (409, "last-admin")


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"active": False}])
def test_nobody_locks_themselves_out(client: FlaskClient, change: dict[str, object]) -> None:
    another = client.post(USERS, json={**ANN, "role": "admin"}, headers=bearer(client))
    assert another.status_code == 201

    answer = client.patch(f"{USERS}/1", json=change, headers=bearer(client))

    assert problem(answer)[:2] == (409, "own-account")
    assert client.patch(f"{USERS}/1", json={"name": "Root"}, headers=bearer(client)).status_code == 200
    assert client.patch(another.headers["Location"], json=change, headers=bearer(client)).status_code == 200


@pytest.mark.parametrize("number", ["99", str(NOBODY), str(2**63), "9" * 5000])
@pytest.mark.parametrize(("addresses", "kind"), [(USERS, "user-not-found"), (KEYS, "key-not-found")])
def test_what_is_not_there_is_a_404_of_its_own(client: FlaskClient, addresses: str, kind: str, number: str) -> None:
    assert problem(client.get(f"{addresses}/{number}", headers=bearer(client)))[:2] == (404, kind)


@pytest.mark.parametrize("number", ["99", str(NOBODY), str(2**63), "9" * 5000])
def test_who_is_not_there_cannot_be_changed(client: FlaskClient, number: str) -> None:
    answer = client.patch(f"{USERS}/{number}", json={"name": "Ann"}, headers=bearer(client))

    assert problem(answer)[:2] == (404, "user-not-found")


@pytest.mark.parametrize("path", [f"{USERS}/-1", f"{KEYS}/x"])
def test_what_cannot_be_an_id_is_an_unknown_address(client: FlaskClient, path: str) -> None:
    assert problem(client.get(path, headers=bearer(client)))[:2] == (404, "not-found")


@pytest.mark.parametrize(("path", "name"), [(USERS, "users"), (KEYS, "keys")])
def test_a_list_is_read_page_by_page_to_its_end(client: FlaskClient, path: str, name: str) -> None:
    header = bearer(client)
    for number in range(3):
        client.post(KEYS, json={"name": f"key {number}", "scopes": ["messages:send"]}, headers=header)

    first = client.get(f"{path}?limit=2", headers=header)
    assert first.headers["Link"] == f'<{path}?limit=2&after=2>; rel="next"'
    second = client.get(f"{path}?limit=2&after=2", headers=header)
    assert "Link" not in second.headers
    assert [one["id"] for answer in (first, second) for one in answer.get_json()[name]] == [1, 2, 3]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=-1", f"after={NOBODY}", "after=x", "page=2"])
@pytest.mark.parametrize("path", [USERS, KEYS])
def test_a_wrong_page_is_a_422(client: FlaskClient, path: str, query: str) -> None:
    answer = client.get(f"{path}?{query}", headers=bearer(client))

    assert [error["parameter"] for error in answer.get_json()["errors"]] == [query.partition("=")[0]]


def test_a_key_is_shown_once(client: FlaskClient) -> None:
    header = bearer(client)
    body = {"name": "shop", "scopes": ["messages:send"], "expires_at": "2099-01-01T00:00:00+01:00"}
    made = client.post(KEYS, json=body, headers=header)
    key = made.get_json().pop("key")

    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.get_json()["shown"] == key[:8]
    shown = client.get(made.headers["Location"], headers=header)
    assert key not in shown.text
    assert shown.get_json() == {name: value for name, value in made.get_json().items() if name != "key"}


def test_a_revoked_key_is_told_so(client: FlaskClient) -> None:
    header = bearer(client)
    made = client.post(KEYS, json={"name": "shop", "scopes": ["messages:send"]}, headers=header)

    revoked = client.post(f"{made.headers['Location']}/revoke", headers=header)

    assert revoked.get_json()["revoked_at"] is not None
    answer = client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {made.get_json()['key']}"})
    assert problem(answer)[2].startswith("This API key was revoked on ")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": []}, "#/scopes"),
        ({"scopes": ["everything"]}, "#/scopes/0"),
        ({"scopes": "messages:send"}, "#/scopes"),
        ({"name": ""}, "#/name"),
        ({"expires_at": "tomorrow"}, "#/expires_at"),
        ({"expires_at": 4000000000}, "#/expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "#/expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-23:00"}, "#/expires_at"),
    ],
)
def test_a_key_that_cannot_be_is_a_422_that_names_the_field(
    client: FlaskClient, change: dict[str, object], pointer: str
) -> None:
    body = {"name": "shop", "scopes": ["messages:send"], **change}

    answer = client.post(KEYS, json=body, headers=bearer(client))

    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_key_makes_no_key_that_may_do_more(app: Flask, client: FlaskClient) -> None:
    body = {"name": "maker", "scopes": ["keys:manage"]}
    maker = client.post(KEYS, json=body, headers=bearer(client)).get_json()["key"]

    answer = client.post(
        KEYS, json={"name": "x", "scopes": ["users:manage"]}, headers={"Authorization": f"Bearer {maker}"}
    )

    assert app
    assert answer.get_json()["permission"] == "users:manage"
    assert problem(answer)[:2] == (403, "permission-denied")


def test_a_key_that_manages_users_makes_no_admin(client: FlaskClient) -> None:
    body = {"name": "maker", "scopes": ["users:manage"]}
    maker = client.post(KEYS, json=body, headers=bearer(client)).get_json()["key"]

    answer = client.post(USERS, json=ANN, headers={"Authorization": f"Bearer {maker}"})

    assert problem(answer)[:2] == (403, "permission-denied")


def test_guesses_at_one_account_are_limited_from_wherever_they_come(registry: CollectorRegistry) -> None:
    client = an_app(registry, limiter=limiter_of(login="3/minute")).test_client()

    def log_in(number: int, email: str) -> int:
        asked = {**LOGIN, "email": email, "password": "a wrong password"}
        return client.post(f"{AUTH}/token", json=asked, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code

    assert [log_in(number, "admin@example.com") for number in range(1, 5)] == [401, 401, 401, 429]
    assert log_in(5, "ADMIN@example.com") == 429
    assert log_in(5, "viewer@example.com") == 401
