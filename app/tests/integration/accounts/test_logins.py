"""Logins over HTTP on a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mailroom.config import RedisSettings
from support.account_calls import AUTH, USERS, bearer, log_in, renew
from support.accounts import PASSWORD
from support.databases import Database


def test_a_login_leaves_neither_password_nor_token_in_the_database(client: FlaskClient, database: Database) -> None:
    tokens = log_in(client)

    ((stored,),) = database.rows("SELECT string_agg(r::text, ' ') FROM refresh_tokens r")
    ((user,),) = database.rows("SELECT users::text FROM users")
    assert tokens["refresh_token"] not in stored
    assert tokens["refresh_token"].encode().hex() not in stored
    assert PASSWORD not in user


def test_a_login_gives_an_old_hash_todays_parameters_and_notes_the_time(
    client: FlaskClient, database: Database
) -> None:
    log_in(client)

    ((password_hash, noted),) = database.rows(
        "SELECT password_hash, last_login_at > now() - interval '1 minute' FROM users"
    )
    assert password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert noted


def test_a_login_is_renewed_over_and_over(client: FlaskClient) -> None:
    tokens = log_in(client)
    for _ in range(3):
        answer = client.post(
            f"{AUTH}/token", json={"grant": "refresh", "refresh_token": tokens["refresh_token"]}
        ).get_json()
        assert answer["login_expires_at"] == tokens["login_expires_at"]
        tokens = answer

    assert client.get(f"{AUTH}/me", headers=bearer(tokens)).status_code == 200


def test_a_used_refresh_token_ends_its_login_and_no_other(client: FlaskClient) -> None:
    tokens, other = log_in(client), log_in(client)
    assert renew(client, tokens["refresh_token"]) == 200

    assert renew(client, tokens["refresh_token"]) == 401

    assert client.get(f"{AUTH}/me", headers=bearer(tokens)).status_code == 401
    assert client.get(f"{AUTH}/me", headers=bearer(other)).status_code == 200


def test_of_many_who_show_a_refresh_token_at_the_same_instant_one_wins_and_the_login_ends(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    token = log_in(client)["refresh_token"]
    barrier = threading.Barrier(4)

    def show() -> int:
        barrier.wait(60)
        return renew(app.test_client(), token)

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(future.result() for future in [threads.submit(show) for _ in range(4)])

    assert statuses == [200, 401, 401, 401]
    assert database.rows("SELECT count(*) FROM refresh_tokens") == [(2,)]
    assert database.rows("SELECT revoked_at IS NOT NULL FROM refresh_families") == [(True,)]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("UPDATE refresh_families SET revoked_at = now()", id="ended"),
        pytest.param("UPDATE refresh_families SET expires_at = now()", id="expired"),
        pytest.param("UPDATE users SET active = false", id="deactivated"),
    ],
)
def test_what_has_ended_is_refused_at_the_very_next_request(client: FlaskClient, database: Database, end: str) -> None:
    tokens = log_in(client)
    assert client.get(f"{AUTH}/me", headers=bearer(tokens)).status_code == 200

    database.rows(end)

    assert client.get(f"{AUTH}/me", headers=bearer(tokens)).status_code == 401
    assert renew(client, tokens["refresh_token"]) == 401


def test_another_role_holds_at_the_very_next_request(client: FlaskClient, database: Database) -> None:
    tokens = log_in(client)
    database.rows("UPDATE users SET role = 'viewer'")

    answer = client.get(USERS, headers=bearer(tokens))

    assert (answer.status_code, answer.get_json()["permission"]) == (403, "users:manage")


def test_a_changed_password_ends_all_logins_and_opens_the_next(client: FlaskClient) -> None:
    tokens, other = log_in(client), log_in(client)
    body = {"old_password": PASSWORD, "password": "another horse battery"}

    assert client.post(f"{AUTH}/password", json=body, headers=bearer(tokens)).status_code == 204

    assert [client.get(f"{AUTH}/me", headers=bearer(one)).status_code for one in (tokens, other)] == [401, 401]
    assert log_in(client, password="another horse battery")


def test_who_logs_out_is_out(client: FlaskClient) -> None:
    tokens = log_in(client)

    assert client.post(f"{AUTH}/logout", json={"refresh_token": tokens["refresh_token"]}).status_code == 204

    assert client.get(f"{AUTH}/me", headers=bearer(tokens)).status_code == 401


def test_a_login_clears_some_that_have_expired(client: FlaskClient, database: Database) -> None:
    database.rows(
        "INSERT INTO refresh_families (id, user_id, expires_at) "
        "SELECT gen_random_uuid(), (SELECT id FROM users), now() - interval '1 day' FROM generate_series(1, 25)"
    )

    log_in(client)

    assert database.rows("SELECT count(*) FROM refresh_families WHERE expires_at < now()") == [(5,)]


def test_without_signing_keys_logins_are_off_and_all_else_works(
    make_app: Callable[..., Flask], database: Database, redis_settings: RedisSettings, authorization: dict[str, str]
) -> None:
    client = make_app(database.settings(), redis_settings).test_client()

    answer = client.post(f"{AUTH}/token", json={"grant": "password", "email": "a@example.com", "password": "x"})

    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:mailroom:problem:logins-off")
    assert answer.get_json()["detail"] == ("Logins are off: this service was given no keys to sign access tokens with.")
    assert client.get(f"{AUTH}/me", headers=authorization).status_code == 200
