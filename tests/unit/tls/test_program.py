"""What the program makes of a wish, beside a server that shakes hands with what is in the folder, as nginx does."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from roles.nginx.files.tls import __main__ as program
from roles.nginx.files.tls.handshake import shown
from roles.nginx.files.tls.served import NAMES, Clock
from tests.certificates import Authority, Issued

AUTHORITY = Authority()
NAME = "mail.example.org"
Say = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Edge:
    """A wish, the folder that it is about, and a port on which nobody answers yet."""

    folder: Path
    port: int

    def wish(self, issued: Issued) -> Path:
        """Wish for a certificate; return the file that says so."""
        certificate, key = issued.write(self.folder)
        path = self.folder / "tls.json"
        served = self.folder / "served"
        served.mkdir(exist_ok=True)
        told = {"certificate": str(certificate), "key": str(key), "names": [NAME], "folder": str(served)}
        path.write_text(json.dumps({**told, "port": self.port}), encoding="utf-8")
        return path

    def served(self) -> list[bytes]:
        """Return what the two files hold."""
        return [(self.folder / "served" / name).read_bytes() for name in NAMES]


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Edge(tmp_path, int(free.getsockname()[1]))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the program; return its exit code and what it said."""

    def run(wish: Path, *arguments: str) -> tuple[int, str, str]:
        code = program.main(["--wish", str(wish), *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def server(edge: Edge, pair: Callable[[], Path]) -> Iterator[None]:
    """Shake hands with whatever file a function names, each time anew."""
    with closing(socket.create_server(("127.0.0.1", edge.port))) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    try:
                        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                        context.load_cert_chain(pair())
                        context.wrap_socket(plain, server_side=True).close()
                    except (OSError, ssl.SSLError):
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def answering(edge: Edge) -> Iterator[None]:
    """Have a server read the file whose turn it is."""
    yield from server(edge, lambda: edge.folder / "served" / Clock().turn())


@pytest.fixture
def answering_otherwise(edge: Edge) -> Iterator[None]:
    """Have a server that never reads what is put, though it had the same at first."""
    fixed = edge.folder / "fixed.pem"
    yield from server(edge, lambda: fixed)


def test_the_first_pair_is_put_before_anybody_listens(edge: Edge, say: Say) -> None:
    issued = AUTHORITY.issue(NAME)
    code, out, _ = say(edge.wish(issued))

    assert (code, out.startswith("changed: the new certificate is good until 20")) == (0, True)
    assert edge.served() == [issued.chain_pem() + issued.key_pem()] * 2


def test_the_same_pair_changes_nothing(edge: Edge, say: Say) -> None:
    wish = edge.wish(AUTHORITY.issue(NAME))
    say(wish)
    code, out, _ = say(wish)

    assert (code, out.startswith("unchanged: the certificate is good until 20")) == (0, True)


def test_another_pair_can_be_put_in_place_of_the_one_that_is_wished_for(edge: Edge, say: Say, tmp_path: Path) -> None:
    other = AUTHORITY.issue(NAME)
    (folder := tmp_path / "other").mkdir()
    certificate, key = other.write(folder)
    code, _, _ = say(edge.wish(AUTHORITY.issue(NAME)), "--certificate", str(certificate), "--key", str(key))

    assert code == 0
    assert edge.served()[0] == other.chain_pem() + other.key_pem()


@pytest.mark.usefixtures("answering")
def test_a_renewed_pair_takes_over_while_a_server_answers(edge: Edge, say: Say) -> None:
    say(edge.wish(AUTHORITY.issue(NAME)))
    renewed = AUTHORITY.issue(NAME)
    code, out, err = say(edge.wish(renewed))

    assert (code, out[:8], err) == (0, "changed:", "")
    assert shown("127.0.0.1", edge.port, NAME) == renewed.der


@pytest.mark.usefixtures("answering_otherwise")
def test_a_renewed_pair_that_the_server_does_not_take_is_taken_back_and_said(edge: Edge, say: Say) -> None:
    first = AUTHORITY.issue(NAME)
    (edge.folder / "fixed.pem").write_bytes(first.chain_pem() + first.key_pem())
    say(edge.wish(first))
    before = edge.served()
    code, _, err = say(edge.wish(AUTHORITY.issue(NAME)))

    assert (code, err[:49]) == (1, "refused: nginx doesn't serve the new certificate,")
    assert edge.served() == before


def test_a_pair_that_is_refused_leaves_what_is_served(edge: Edge, say: Say) -> None:
    say(edge.wish(AUTHORITY.issue(NAME)))
    before = edge.served()
    code, out, err = say(edge.wish(AUTHORITY.issue("elsewhere.example.org")))

    assert (code, out) == (1, "")
    assert "site.crt isn't for mail.example.org; it is for elsewhere.example.org" in err
    assert edge.served() == before


def test_a_file_that_got_lost_is_put_back(edge: Edge, say: Say) -> None:
    wish = edge.wish(AUTHORITY.issue(NAME))
    say(wish)
    (edge.folder / "served" / NAMES[1]).unlink()
    code, out, _ = say(wish)

    assert (code, out[:8]) == (0, "changed:")
    assert len(set(edge.served())) == 1


def test_a_check_says_what_would_change_and_changes_nothing(edge: Edge, say: Say) -> None:
    say(edge.wish(AUTHORITY.issue(NAME)))
    before = edge.served()
    wish = edge.wish(AUTHORITY.issue(NAME))
    code, out, _ = say(wish, "--check")

    assert (code, out.startswith("would change: a certificate that is good until 20")) == (0, True)
    assert edge.served() == before
