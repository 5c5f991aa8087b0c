from __future__ import annotations

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from mailroom.access.authentication import Authentication
from mailroom.access.caller import Caller, CallerKind
from mailroom.access.permissions import PERMISSIONS, Permission, Role
from mailroom.web.guard import caller_in_hand, guard_requests
from mailroom.web.operation import Access, Limit, Operation, operation
from mailroom.web.problems import register_problems


class Roles:
    """Takes the name of a role for a credential."""

    def takes(self, credential: str) -> bool:
        return credential in set(Role)

    def recognise(self, credential: str) -> Caller:
        return Caller(CallerKind.USER, "1", credential, PERMISSIONS[Role(credential)])


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("test")
    register_problems(app)
    needed: dict[str, Permission | Access] = {
        "/send": Permission.MESSAGES_SEND,
        "/known": Access.KNOWN,
        "/open": Access.ANYONE,
    }
    for path, needs in needed.items():

        @operation(Operation(summary="Test", tag="Test", needs=needs, limit=Limit.READS))
        def view() -> Response:
            return Response("in")

        app.add_url_rule(path, path, view)
    app.add_url_rule("/whoami", "/whoami", operation(_WHO)(lambda: Response(caller_in_hand().name)))
    guard_requests(app, Authentication([Roles()]))
    return app.test_client()


_WHO = Operation(summary="Test", tag="Test", needs=Access.KNOWN, limit=Limit.READS)


def test_who_has_the_permission_is_let_in(client: FlaskClient) -> None:
    assert client.get("/send", headers={"Authorization": "Bearer operator"}).data == b"in"


def test_who_lacks_it_gets_a_403_that_names_it(client: FlaskClient) -> None:
    answer = client.get("/send", headers={"Authorization": "Bearer viewer"})

    assert (answer.status_code, answer.json["permission"] if answer.json else None) == (403, "messages:send")
    assert 'error="insufficient_scope", scope="messages:send"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer ", "Basic operator", "Bearer stranger", "operator"])
@pytest.mark.parametrize("path", ["/send", "/known"])
def test_who_is_not_known_gets_a_401(client: FlaskClient, path: str, header: str | None) -> None:
    assert client.get(path, headers={"Authorization": header} if header else {}).status_code == 401


def test_an_open_operation_asks_for_no_credential(client: FlaskClient) -> None:
    assert client.get("/open").status_code == 200


def test_an_operation_for_the_known_wants_no_permission(client: FlaskClient) -> None:
    assert client.get("/known", headers={"Authorization": "Bearer viewer"}).status_code == 200


def test_a_view_learns_who_calls(client: FlaskClient) -> None:
    assert client.get("/whoami", headers={"Authorization": "bearer admin"}).data == b"admin"


def test_an_unknown_address_is_a_404_for_everybody(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404


def test_a_path_with_a_nul_is_a_404() -> None:
    app = Flask("test")
    register_problems(app)
    app.add_url_rule("/named/<response>", "named", operation(_WHO)(Response))

    found = app.test_client()

    assert [found.get(path).status_code for path in ("/named/a", "/named/a%00")] == [200, 404]
