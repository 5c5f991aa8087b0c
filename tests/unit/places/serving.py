"""An app host for these tests: a real server of HTTP on this machine, which answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Manner:
    """How it answers, and what it was asked."""

    status: int = 200
    pause: float = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0


@contextmanager
def app_host(address: str = "127.0.0.1", port: int = 0) -> Iterator[Manner]:
    """Serve at an address of loopback until the block ends."""
    manner = Manner()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            manner.asked.append({"path": self.path, **self.headers})
            time.sleep(manner.pause)
            self.send_response(manner.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments: object) -> None:
            del arguments

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: object) -> None:
            del arguments  # who asked doesn't always wait for the answer

    with Server((address, port), Handler) as server:
        manner.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield manner
        server.shutdown()
