"""Real unix sockets that stand where a slot's socket stands."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Listener:
    """A listening unix socket; each client that connects is sent a few bytes and then hung up on."""

    def __init__(self, path: Path, greeting: bytes) -> None:
        """Listen on ``path`` once entered."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen(256)
        self.greeting = greeting
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; a blocked accept ends with the shutdown."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                client.sendall(self.greeting)


def ask(path: Path) -> bytes:
    """Connect as nginx does, resolving whatever link there is; return what the slot says."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
        return client.recv(100)
