"""A site that is for some only: by address, by login, and what stays open to all."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.templates.live_edge import NAME, Edge, live_edge

OFFICE, WATCHER = "198.51.100.9", "10.20.0.30"
HASHES = {
    "team": "$6$abcdefgh$Y8X4fK8dzckng/fIjIaMbhSI.0pb8jFFSN/J/PpH0DRCfCv16PIDicIrPVJ7EyzvvLxpGoKT/B4/my3gDKmFj0",
    "old": "$2y$05$abcdefghijklmnopqrstuu07962fR81FOryI7nDcKN7/fBiLL7tZ6",
}
SITE = {"health_paths": ["/health/"], "open_paths": ["/api/v1/ses/notices", "/hooks/"]}
SETTINGS = {
    "site": SITE,
    "nginx_own_addresses": [WATCHER],
    "nginx_access_addresses": ["198.51.100.0/24"],
    "nginx_heartbeats": [{"name": "staging", "token": "a" * 32}],
}


def login(name: str, password: str) -> str:
    """Return what a browser sends."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


GOOD = login("team", "correct-horse")


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Return an edge with addresses and logins."""
    users = [{"name": name, "password_hash": value} for name, value in HASHES.items()]
    with live_edge(tmp_path_factory.mktemp("edge"), **SETTINGS, nginx_access_users=users) as running:
        yield running


@pytest.fixture(scope="module")
def addresses_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Return an edge with addresses alone."""
    with live_edge(tmp_path_factory.mktemp("addresses"), **SETTINGS) as running:
        yield running


def raw(edge: Edge, path: str) -> int:
    """Ask for a path exactly as it is written; return the status."""
    context = ssl._create_unverified_context()  # noqa: S323, SLF001
    with (
        socket.create_connection(("127.0.0.1", edge.secure), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        return int(secured.recv(12).split()[1])


@pytest.mark.parametrize(("name", "password"), [("team", "correct-horse"), ("old", "battery-staple")])
def test_who_has_a_login_gets_in_from_anywhere(edge: Edge, name: str, password: str) -> None:
    assert edge.ask("/", Authorization=login(name, password)).status == 200


@pytest.mark.parametrize("client", [OFFICE, WATCHER])
def test_who_comes_from_a_known_address_gets_in_without(edge: Edge, client: str) -> None:
    assert edge.ask("/", client).status == 200


@pytest.mark.parametrize(
    "authorization",
    [None, login("team", "wrong"), login("nobody", "correct-horse"), login("team", ""), "Bearer x", "Basic !"],
    ids=["nothing", "a wrong password", "a wrong name", "no password", "another scheme", "nonsense"],
)
def test_anybody_else_is_asked_for_a_login(edge: Edge, authorization: str | None) -> None:
    answer = edge.ask("/", **({"Authorization": authorization} if authorization else {}))

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="This site is for the team"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


def test_a_browser_that_has_no_login_gets_a_page(edge: Edge) -> None:
    answer = edge.ask("/", Accept="text/html")

    assert (answer.status, answer.headers["Content-Type"]) == (401, "text/html; charset=utf-8")


def test_who_guesses_has_to_wait(edge: Edge) -> None:
    began = time.monotonic()
    edge.ask("/", Authorization=login("team", "guess"))

    assert time.monotonic() - began >= 0.9


OPEN = ["/health/ready", "/health/", "/api/v1/ses/notices", "/api/v1/ses/notices?x=1", "/hooks/a/b-1.json", "/hooks/"]


@pytest.mark.parametrize("path", OPEN)
def test_health_and_what_proves_itself_need_no_login(edge: Edge, addresses_only: Edge, path: str) -> None:
    assert (edge.ask(path).status, addresses_only.ask(path).status) == (200, 200)


# An application may read each of these as another path than nginx does; so none of them is open.
TRICKS = [
    "/api/v1/messages",
    "/hooks",
    "/hooksx/a",
    "/api/v1/ses/notices/",
    "/api/v1/ses/notices/../../messages",
    "/hooks/../api/v1/messages",
    "/hooks/..%2fapi/v1/messages",
    "/hooks/%2e%2e/api/v1/messages",
    "/hooks//../api",
    "/hooks/./../api",
    "/hooks/a;/../../api",
    "/hooks/a%00",
    "/hooks/a%0d%0a",
    "/api/v1/messages/../../../hooks/a",
    "/api/v1/messages/..%2f..%2f..%2fhooks/a",
    "//hooks/a",
    "/HOOKS/a",
    "/%68ooks/a",
    "http://mail.example.org/api/v1/messages",
]


@pytest.mark.parametrize("path", TRICKS)
def test_nobody_gets_past_the_login_by_a_crooked_path(edge: Edge, addresses_only: Edge, path: str) -> None:
    assert raw(edge, path) in {400, 401}
    assert raw(addresses_only, path) in {400, 403}


def test_the_login_is_not_passed_on_to_the_application(edge: Edge) -> None:
    assert "Authorization" not in edge.ask("/", Authorization=GOOD).json()["headers"]


@pytest.mark.parametrize("own", ["Bearer key", login("own", "users")])
@pytest.mark.parametrize(("path", "client"), [("/", OFFICE), ("/hooks/a", "203.0.113.7")])
def test_what_is_for_the_application_is_passed_on_where_no_login_is_needed(
    edge: Edge, path: str, client: str, own: str
) -> None:
    assert edge.ask(path, client, Authorization=own).json()["headers"]["Authorization"] == own


def test_without_logins_other_addresses_are_told_that_it_is_not_for_them(addresses_only: Edge) -> None:
    answer = addresses_only.ask("/", Authorization=GOOD)

    assert (answer.status, answer.json()["title"]) == (403, "Forbidden")
    assert answer.headers["WWW-Authenticate"] is None
    assert addresses_only.ask("/", OFFICE).status == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_any_method_is_refused_alike(edge: Edge, addresses_only: Edge, method: str) -> None:
    assert edge.ask("/", method=method).status == 401
    assert addresses_only.ask("/", method=method).status == 403


def test_another_environments_heartbeat_needs_its_token_alone(edge: Edge, addresses_only: Edge) -> None:
    for one in (edge, addresses_only):
        assert one.ask("/heartbeat/staging", method="POST", Authorization=f"Bearer {'a' * 32}").status == 204
        assert one.ask("/heartbeat/staging", method="POST").status == 401


def test_another_service_asks_for_its_own_login(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        server = f"127.0.0.1:{nobody.getsockname()[1]}"
    users = [{"name": "team", "password_hash": HASHES["team"]}]
    grafana = {"name": "grafana", "path": "/grafana/", "server": server}
    with live_edge(tmp_path, nginx_access_users=users, nginx_proxies=[grafana]) as edge:
        assert edge.ask("/grafana/").status == 502, "it was asked, though nobody is there"
        assert edge.ask("/").status == 401


def test_a_site_without_addresses_and_logins_is_for_everybody(tmp_path: Path) -> None:
    with live_edge(tmp_path, nginx_own_addresses=[WATCHER]) as edge:
        assert edge.ask("/").status == 200


def test_challenges_of_an_authority_are_answered_over_http_and_all_else_leads_to_https(tmp_path: Path) -> None:
    with live_edge(tmp_path, **SETTINGS, nginx_tls_source="acme") as edge:
        challenge = tmp_path / "acme/.well-known/acme-challenge/token-1"
        challenge.parent.mkdir(parents=True)
        challenge.write_text("proof")
        edge.flag.touch()
        answer = edge.ask_plain("/.well-known/acme-challenge/token-1")

        assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"proof", "text/plain")
        assert edge.ask_plain("/.well-known/acme-challenge/token-2").status == 404
        assert edge.ask_plain("/.well-known/acme-challenge/../../served/odd.pem").status in {308, 400}
        assert edge.ask_plain("/.well-known/other").headers["Location"] == f"https://{NAME}/.well-known/other"
