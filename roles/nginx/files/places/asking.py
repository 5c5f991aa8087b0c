"""Ask an app host whether it is ready, within a time."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

MOST = 65536  # bytes of an answer; a readiness path says a line or two
# As the edge's nginx asks for clients, but on nobody's behalf: no X-Real-IP. A host that is drained tells them apart.
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: slipway-places\r\nX-Forwarded-Proto: https\r\n"
    "Accept: application/json\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True)
class Question:
    """What a site's hosts are asked.

    Attributes:
        port: the port of the site on each host.
        path: the path that says whether the application is ready.
        name: the host name to ask for.
        timeout: how long the whole answer may take, in seconds.
    """

    port: int
    path: str
    name: str
    timeout: float


def ask(address: str, question: Question) -> str:
    """Return why the host at an address isn't ready, or nothing if it is: it answered 200 to 299 in time."""
    until = time.monotonic() + question.timeout
    try:
        with socket.create_connection((address, question.port), question.timeout) as connection:
            connection.sendall(REQUEST.format(path=question.path, name=question.name).encode())
            answer = _read(connection, until)
    except TimeoutError:
        return f"no answer within {question.timeout:g} s"
    except OSError as error:
        return error.strerror or str(error)
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    if not found:
        return "what it answered isn't HTTP"
    return "" if found[1].startswith(b"2") else f"it answered {found[1].decode()}"


def _read(connection: socket.socket, until: float) -> bytes:
    """Read to the end of the answer.

    Raises:
        TimeoutError: it didn't come in time, however steadily it came.
    """
    answer = b""
    while len(answer) < MOST:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(MOST)
        if not part:
            break
        answer += part
    return answer
