"""A real HTTP server on a unix socket that answers as a slot does, well or badly."""

from __future__ import annotations

import http.server
import socketserver
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Behaviour = Callable[[http.server.BaseHTTPRequestHandler], None]


def answering(status: int, body: str, release: str | None = "1.4.0") -> Behaviour:
    """Return the behaviour of a slot that answers."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        content = body.encode()
        request.send_response(status)
        if release is not None:
            request.send_header("X-Release", release)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def writing(content: bytes) -> Behaviour:
    """Return the behaviour of something that writes what it likes."""

    def write(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(content)

    return write


def silent(seconds: float) -> Behaviour:
    """Return the behaviour of a slot that takes a request and says nothing."""

    def wait(_: http.server.BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)

    return wait


class HttpSlot:
    """A slot; its behaviours are used one after another, the last one for good."""

    def __init__(self, path: Path, *behaviours: Behaviour) -> None:
        """Listen on ``path``."""
        self.asked: list[str] = []
        remaining = list(behaviours)
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self) -> None:
                """Behave."""
                asked.append(self.path)
                (remaining.pop(0) if len(remaining) > 1 else remaining[0])(self)

            def log_request(self, *_: object) -> None:
                """Say nothing: a unix socket's client has no address to name."""

        self.server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        """Begin to answer."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
