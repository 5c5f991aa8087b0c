"""Users and keys over HTTP on a real database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask.testing import FlaskClient

from mailroom.access.permissions import Role
from mailroom.accounts import families
from mailroom.accounts import repository as user_repository
from mailroom.accounts.entities import NewUser, User, UserChange
from mailroom.accounts.users import UserService
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.errors import Conflict
from mailroom.keys import repository as key_repository
from support.account_calls import ALL, AUTH, KEYS, USERS, bearer, log_in
from support.accounts import NOON, PASSWORD, FakePasswords
from support.databases import Database
from support.processes import eventually


def test_a_user_is_made_over_http_and_logs_in(client: FlaskClient) -> None:
    header = bearer(log_in(client))
    body = {"email": "Ann@Example.com", "name": "Ann", "role": "viewer", "password": "a viewer's password"}

    made = client.post(USERS, json=body, headers=header)

    assert (made.status_code, made.get_json()["last_login_at"]) == (201, None)
    assert log_in(client, "ann@example.com", "a viewer's password")
    assert client.post(USERS, json=body, headers=header).status_code == 409
    assert client.get(made.headers["Location"], headers=header).get_json()["last_login_at"] is not None


def test_two_admins_who_demote_each_other_at_the_same_instant_leave_one(
    unit_of_work: UnitOfWorkFactory, database: Database, admin: User
) -> None:
    service = UserService(unit_of_work, FakePasswords())
    other = service.create(NewUser("other@example.com", "Other", Role.ADMIN, PASSWORD), ALL)
    outcomes: list[str] = []

    def demote_other() -> None:
        try:
            service.change(other.id, UserChange(role=Role.VIEWER), ALL)
        except Conflict as error:
            outcomes.append(error.name)

    with unit_of_work() as work:
        assert work.users.hold_active_admins() == {admin.id, other.id}
        second = threading.Thread(target=demote_other)
        second.start()
        eventually(database.has_a_waiter)
        work.users.change(admin.id, UserChange(role=Role.VIEWER))
    second.join(10)

    assert outcomes == ["last-admin"]
    assert database.rows("SELECT id FROM users WHERE role = 'admin' AND active") == [(other.id,)]


def test_two_who_take_an_address_at_the_same_instant_make_one_user(
    unit_of_work: UnitOfWorkFactory, database: Database
) -> None:
    service, barrier = UserService(unit_of_work, FakePasswords()), threading.Barrier(2)

    def create() -> str:
        barrier.wait(60)
        try:
            return service.create(NewUser("ann@example.com", "Ann", Role.VIEWER, PASSWORD), ALL).email
        except Conflict as error:
            return error.name

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(future.result() for future in [threads.submit(create) for _ in range(2)])

    assert outcomes == ["address-taken", "ann@example.com"]
    assert database.rows("SELECT count(*) FROM users") == [(1,)]


def test_a_key_is_made_used_and_revoked(client: FlaskClient, database: Database) -> None:
    header = bearer(log_in(client))
    body = {"name": "shop", "scopes": ["messages:read"], "expires_at": "2099-01-01T00:00:00Z"}
    made = client.post(KEYS, json=body, headers=header)
    key = {"Authorization": f"Bearer {made.get_json()['key']}"}

    assert client.get(f"{AUTH}/me", headers=key).get_json()["permissions"] == ["messages:read"]
    assert client.get(made.headers["Location"], headers=header).get_json()["last_used_at"] is not None
    assert client.post(f"{made.headers['Location']}/revoke", headers=header).status_code == 200
    refused = client.get(f"{AUTH}/me", headers=key)
    assert refused.get_json()["detail"].startswith("This API key was revoked on ")
    ((stored,),) = database.rows("SELECT api_keys::text FROM api_keys WHERE name = 'shop'")
    assert made.get_json()["key"] not in stored


def test_an_expired_key_is_told_so(client: FlaskClient, database: Database, authorization: dict[str, str]) -> None:
    database.rows("UPDATE api_keys SET expires_at = '2026-01-02T12:00Z'")

    answer = client.get(f"{AUTH}/me", headers=authorization)

    assert (answer.status_code, answer.get_json()["detail"]) == (401, "This API key expired on 2026-01-02.")


def test_a_key_in_use_is_not_held_up_by_whoever_writes_its_row(
    client: FlaskClient, database: Database, authorization: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with database.connection() as connection, connection.transaction():
        connection.execute("UPDATE api_keys SET updated_at = now()")

        assert client.get(f"{AUTH}/me", headers=authorization).status_code == 200
        assert "could not be noted" not in caplog.text
        assert database.rows("SELECT last_used_at FROM api_keys") == [(None,)]

    client.get(f"{AUTH}/me", headers=authorization)
    assert database.rows("SELECT last_used_at IS NOT NULL FROM api_keys") == [(True,)]


def test_the_use_of_a_key_is_written_once_a_minute(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    def written() -> object:
        client.get(f"{AUTH}/me", headers=authorization)
        return database.rows("SELECT last_used_at FROM api_keys")[0][0]

    first = written()
    assert written() == first
    database.rows("UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'")
    assert written() >= first  # type: ignore[operator]


@pytest.mark.parametrize(("path", "name"), [(USERS, "users"), (KEYS, "keys")])
def test_a_list_takes_one_statement_however_long_it_is(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    header = bearer(log_in(client))
    database.rows(
        "INSERT INTO users (email, name, role, password_hash) "
        "SELECT n || '@example.com', 'x', 'viewer', 'x' FROM generate_series(1, 30) n"
    )
    database.rows(
        "INSERT INTO api_keys (name, key_hash) SELECT n, sha256(n::text::bytea) FROM generate_series(1, 30) n"
    )
    statements: list[str] = []
    real = psycopg.Cursor.execute

    def counting(cursor: psycopg.Cursor[Any], query: str, parameters: Any = None, **named: bool) -> object:  # noqa: ANN401 - psycopg takes more than can be said
        statements.append(query)
        return real(cursor, query, parameters, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    counts = []
    for limit in (1, 30):
        statements.clear()
        assert len(client.get(f"{path}?limit={limit}", headers=header).get_json()[name]) == limit
        counts.append(len([statement for statement in statements if "FROM" in statement]))

    # One for who calls, one for the page.
    assert counts == [2, 2]


_MANY = """
INSERT INTO users (email, name, role, password_hash)
    SELECT n || '@example.com', 'x', 'viewer', 'x' FROM generate_series(1, 3000) n;
INSERT INTO refresh_families (id, user_id, expires_at)
    SELECT gen_random_uuid(), id, now() + id * interval '1 minute' FROM users;
INSERT INTO refresh_tokens (token_hash, family_id) SELECT sha256(id::text::bytea), id FROM refresh_families;
INSERT INTO api_keys (name, key_hash) SELECT n, sha256(n::text::bytea) FROM generate_series(1, 3000) n;
ANALYZE;
"""


_VALUES = {
    "family": uuid4(),
    "token_hash": b"x" * 32,
    "new_hash": b"y" * 32,
    "key_hash": b"z" * 32,
    "now": NOON,
    "before": NOON,
    "most": 20,
    "after": 2000,
    "email": "7@example.com",
    "id": 7,
    "user_id": 7,
}


def test_no_statement_of_a_request_reads_a_whole_table(database: Database) -> None:
    modules = (families, user_repository, key_repository)
    statements = [
        text
        for module in modules
        for name, text in vars(module).items()
        if name in {"_RENEW", "_END_IF_USED", "_END", "_END_ALL", "_HOLDER", "_FORGET_EXPIRED"}
        or (name in {"_PAGE", "_WITH_ADDRESS", "_FIND", "_NOTE_USE"} and isinstance(text, str))
    ]
    assert len(statements) == 11
    database.rows(_MANY)
    with database.connection() as connection:
        for statement in statements:
            bound = psycopg.ClientCursor(connection).mogrify(statement, _VALUES)
            plan = [line for (line,) in connection.execute("EXPLAIN " + bound)]
            assert not [line for line in plan if "Seq Scan" in line], plan
