"""What a look at an app host finds, of a real server."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from roles.nginx.files.places.asking import Question, ask
from tests.unit.places.serving import app_host


def question(port: int, timeout: float = 5) -> Question:
    return Question(port, "/health/ready", "mail.example.org", timeout)


@pytest.mark.parametrize(
    ("status", "found"),
    [(200, ""), (204, ""), (301, "it answered 301"), (404, "it answered 404"), (503, "it answered 503")],
)
def test_only_an_answer_of_success_is_ready(status: int, found: str) -> None:
    with app_host() as host:
        host.status = status

        assert ask("127.0.0.1", question(host.port)) == found


def test_it_asks_for_the_path_as_the_edge_does_and_on_nobodys_behalf() -> None:
    with app_host() as host:
        ask("127.0.0.1", question(host.port))

    (asked,) = host.asked
    assert (asked["path"], asked["Host"], asked["X-Forwarded-Proto"]) == ("/health/ready", "mail.example.org", "https")
    assert not {"x-real-ip", "x-forwarded-for"} & {name.lower() for name in asked}


def test_a_host_that_refuses_connections_is_not_ready() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        assert ask("127.0.0.1", question(taken.getsockname()[1])) == "Connection refused"


def test_an_answer_that_comes_late_is_none() -> None:
    with app_host() as host:
        host.pause = 1

        assert ask("127.0.0.1", question(host.port, timeout=0.2)) == "no answer within 0.2 s"


def answer_once(server: socket.socket, parts: list[bytes], pause: float) -> None:
    """Take one connection, read the request, and send an answer in parts."""
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        except OSError:
            return


@pytest.mark.parametrize(
    ("parts", "pause", "found"),
    [
        ([b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 400, 0.05, "no answer within 2 s"),
        ([b"SSH-2.0-OpenSSH\r\n"], 0, "what it answered isn't HTTP"),
        ([], 0, "what it answered isn't HTTP"),
    ],
    ids=["drips", "is not HTTP", "closes"],
)
def test_what_is_no_whole_answer_in_time_is_none(parts: list[bytes], pause: float, found: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        teller = threading.Thread(target=answer_once, args=(server, parts, pause))
        teller.start()
        begun = time.monotonic()

        assert ask("127.0.0.1", question(server.getsockname()[1], timeout=2)) == found
        # What drips would take this long.
        assert time.monotonic() - begun < 20
        teller.join()
