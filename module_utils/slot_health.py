"""Ask a slot on its own socket whether it can serve, before any lane points at it."""

from __future__ import annotations

import dataclasses
import http.client
import socket
import time
from pathlib import Path

from ansible.module_utils.slots import SlotError, unit_state

PAUSE = 0.1  # seconds between two questions
ANSWER_LIMIT = 5.0  # seconds that one answer may take
BODY_LIMIT = 2000  # characters of a body that are kept for a message


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a unix socket."""

    def __init__(self, path: Path) -> None:
        """Connect to ``path`` when the first request is made."""
        super().__init__("localhost", timeout=ANSWER_LIMIT)
        self.path = path

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


@dataclasses.dataclass(frozen=True)
class Probe:
    """The question: on which socket, which path, which version must answer (None: any), and where it says it."""

    socket: Path
    path: str
    release: str | None
    header: str = "X-Release"

    def ask(self) -> tuple[bool, str]:
        """Return whether the slot can serve as the right version, and what it said."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", self.path)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")[:BODY_LIMIT].strip()
        except (OSError, http.client.HTTPException) as error:
            return False, f"no answer ({type(error).__name__}: {error})"
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            return False, f"{self.path} answered {answer.status}: {body}"
        told = answer.headers.get(self.header) if self.header else self.release
        if self.release is not None and told != self.release:
            return False, f"{self.path} was answered by release {told}, not {self.release}"
        return True, body


def wait_until_ready(probe: Probe, unit: str, limit: float) -> str:
    """Wait until a slot can serve; return what it said.

    Args:
        probe: the question to ask.
        unit: the slot's web service, which must neither fail nor be restarted meanwhile.
        limit: seconds to wait at most.

    Raises:
        SlotError: the service crashed, or the time was up. The message says what was seen last.
    """
    until = time.monotonic() + limit
    said = "nothing asked yet"
    restarts = unit_state(unit).get("NRestarts", "0")
    while time.monotonic() < until:
        state = unit_state(unit)
        if state.get("ActiveState") in ("failed", "inactive"):
            reason = f"result {state.get('Result')}, exit status {state.get('ExecMainStatus')}"
            raise SlotError(f"the service crashed at its start ({reason})")
        if state.get("NRestarts", "0") != restarts:
            raise SlotError("the service crashed at its start, and again when systemd restarted it")
        good, said = probe.ask()
        if good:
            return said
        time.sleep(PAUSE)
    raise SlotError(f"not ready within {limit:.0f} s; {said}")
