"""The process of the simulated world: moto and the sink on loopback, nginx with TLS in front of them.

`python -m tests.lab.outside STATE ADDRESS`; it needs no root, and ends with nginx, or on SIGTERM.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from wsgiref.types import WSGIApplication

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.lab import aws, files, instances, sink, world
from tests.lab.edge import AWS_PORT, SINK_PORT, configuration


class _Quiet(WSGIRequestHandler):
    """A request handler that keeps connections open and logs nothing but errors."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _serve(application: WSGIApplication) -> BaseWSGIServer:
    """Serve an application on a free loopback port, from a thread."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _front(state: Path, address: str, backends: dict[int, int]) -> "subprocess.Popen[bytes]":
    """Start nginx."""
    folder = state / "world"
    folder.mkdir(exist_ok=True)
    path = folder / "nginx.conf"
    files.write(path, configuration(state, address, backends, privileged=os.geteuid() == 0))
    return subprocess.Popen(["nginx", "-e", "stderr", "-p", str(folder), "-c", str(path)])


def _announce(state: Path, address: str, nginx: "subprocess.Popen[bytes]") -> None:
    """Write down that all of it answers, once it does."""
    while nginx.poll() is None:
        if world.answers(state, address):
            files.write(state / "world/ready", str(os.getpid()))
            return
        time.sleep(0.05)


def main(state: Path, address: str) -> int:
    """Run until nginx ends or somebody says stop."""
    shutil.rmtree(state / "world", ignore_errors=True)
    servers = {AWS_PORT: _serve(aws.application()), SINK_PORT: _serve(sink.application())}
    instances.announce(state)
    nginx = _front(state, address, {port: server.port for port, server in servers.items()})

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        nginx.terminate()

    signal.signal(signal.SIGTERM, stop)
    _announce(state, address, nginx)
    return nginx.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
