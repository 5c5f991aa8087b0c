"""A renewed certificate takes over while clients shake hands, hold connections and send: none of them notices."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from roles.nginx.files.tls import __main__ as program
from roles.nginx.files.tls.handshake import shown
from tests.templates.live_edge import AUTHORITY, NAME, Edge, live_edge

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with live_edge(tmp_path, nginx_limit_requests=0, nginx_limit_connections=0) as running:
        yield running


def wish_for_another(edge: Edge) -> tuple[list[str], bytes]:
    """Have a new pair lie where an ACME client leaves it; return the program's arguments and the certificate."""
    issued = AUTHORITY.issue(NAME)
    certificate, key = issued.write(edge.folder)
    told = {"certificate": str(certificate), "key": str(key), "names": [NAME], "port": edge.secure}
    wish = edge.folder / "tls.json"
    wish.write_text(json.dumps({**told, "folder": str(edge.folder / "served")}), encoding="utf-8")
    return ["--wish", str(wish)], issued.der


def test_every_handshake_succeeds_while_the_certificate_changes(edge: Edge) -> None:
    arguments, renewed = wish_for_another(edge)
    old = shown("127.0.0.1", edge.secure, NAME)
    seen: Counter[bytes | None] = Counter()
    stop = threading.Event()

    def shake() -> None:
        while not stop.is_set():
            seen[shown("127.0.0.1", edge.secure, NAME)] += 1

    threads = [threading.Thread(target=shake) for _ in range(3)]
    for thread in threads:
        thread.start()
    code = program.main(arguments)
    stop.set()
    for thread in threads:
        thread.join()

    assert code == 0
    assert set(seen) <= {old, renewed}, "none failed"
    assert seen[old] > 100
    assert shown("127.0.0.1", edge.secure, NAME) == renewed


def test_a_connection_that_was_idle_meanwhile_is_still_there_for_a_post(edge: Edge) -> None:
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - the certificate is another test's
    arguments, _ = wish_for_another(edge)
    with closing(http.client.HTTPSConnection("127.0.0.1", edge.secure, timeout=10, context=context)) as connection:
        connection.request("GET", "/", headers={"Host": NAME})
        connection.getresponse().read()
        kept = connection.sock

        assert program.main(arguments) == 0
        connection.request("POST", "/", b"{}", {"Host": NAME})
        assert connection.getresponse().status == 200
        assert connection.sock is kept


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_both_protocols_of_today_are_spoken(edge: Edge, version: ssl.TLSVersion) -> None:
    assert protocol(edge, version) == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_older_protocols_are_refused(edge: Edge, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        protocol(edge, version)


def protocol(edge: Edge, version: ssl.TLSVersion) -> str | None:
    """Shake hands as a client that knows one protocol; return which was agreed on."""
    context = ssl._create_unverified_context()  # noqa: S323, SLF001
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client's own library would refuse before the server can
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", edge.secure), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        return secured.version()


def test_a_session_is_taken_up_again_also_though_certificates_are_read_anew(edge: Edge) -> None:
    context = ssl._create_unverified_context()  # noqa: S323, SLF001
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # its session is there with the handshake
    session: ssl.SSLSession | None = None
    reused = []
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", edge.secure), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=NAME, session=session) as secured,
        ):
            session = secured.session
            reused.append(secured.session_reused)

    assert reused == [False, True]
