"""Mailroom's two processes, over the servers that were started for them."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from tools.dev.children import Child, Children, Command
from tools.dev.lines import show
from tools.dev.servers import LOOPBACK
from tools.dev.service import CONFIGURATION, Python, Service

READY = 30.0  # seconds that a start may take


@dataclass
class Mailroom:
    """The web process and the worker, and commands beside them.

    Attributes:
        children: where processes are started.
        listener: the socket that requests come by.
        python: the interpreter that they run with.
        service: how they are set up.
    """

    children: Children
    listener: socket.socket
    python: Python
    service: Service
    processes: list[Child] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port that it answers at."""
        return int(self.listener.getsockname()[1])

    def migrate(self) -> bool:
        """Bring the schema up to date and store the API key; return whether that went well. It says what didn't."""
        ensure = ["keys", "ensure", "dev", "--scopes", self.python.scopes]
        return self._command(["migrate"]) and self._command(ensure)

    def start(self) -> None:
        """Start both; nothing is waited for."""
        number = self.listener.fileno()
        words = ["--config", str(CONFIGURATION), "--bind", f"fd://{number}", "mailroom.wsgi:app"]
        web = Command([self.python.program("gunicorn"), *words], self.service.environment, sockets=[number])
        worker = Command([self.python.program("mailroom"), "worker"], self.service.environment)
        self.processes = [self._start("web", web), self._start("worker", worker)]

    def stop(self) -> None:
        """Stop both; what the worker has in hand is finished first."""
        for process in self.processes:
            self.children.stop(process)
        self.processes = []

    def ended(self) -> list[str]:
        """Return the names of those that ended by themselves."""
        return [process.name for process in self.processes if process.ended()]

    def answers(self) -> bool:
        """Wait until it is ready; False where one of both ended before, or it took too long."""
        until = time.monotonic() + READY
        while time.monotonic() < until and not self.ended():
            if self._ready():
                return True
            time.sleep(0.05)
        return False

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _command(self, words: list[str]) -> bool:
        child = self._start(words[0], Command([self.python.program("mailroom"), *words], self.service.owner))
        code = child.process.wait()
        self.children.stop(child)
        return code == 0

    def _start(self, name: str, command: Command) -> Child:
        child = self.children.start(name, command)
        threading.Thread(target=_read, args=(child,), daemon=True).start()
        return child


def _read(child: Child) -> None:
    """Show what a process says until it ends."""
    if child.process.stdout is None:
        return
    with child.process.stdout as lines:
        for line in lines:
            show(child.name, line.rstrip("\n"))
