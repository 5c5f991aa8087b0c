"""Wait until a release answers on a unix socket: `python3 ready.py SOCKET RELEASE SECONDS`."""

import http.client
import socket
import sys
import time

PAUSE = 0.1  # seconds between two questions, as Slipway's own module waits


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a unix socket."""

    def __init__(self, path: str) -> None:
        """Connect to `path` with the first request."""
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def release_at(path: str) -> str:
    """Return the release that answers with 200, or why there is none."""
    connection = UnixConnection(path)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({error})"
    finally:
        connection.close()
    return answer.headers.get("X-Release", "") if answer.status == http.HTTPStatus.OK else f"status {answer.status}"


def main(path: str, release: str, seconds: str) -> int:
    """Return 0 as soon as the release answers, 1 when the time is up."""
    until = time.monotonic() + float(seconds)
    while (found := release_at(path)) != release:
        if time.monotonic() >= until:
            print(f"{path}: {release} did not answer within {seconds} s; last seen: {found}")
            return 1
        time.sleep(PAUSE)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
