"""An edge as the role lays it down: this machine's nginx serves the rendered files, before an application that echoes.

The header X-Client stands for the address that a client comes from, so that one machine can be many clients.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.certificates import Authority, Issued
from tests.templates.by_ansible import rendered

NGINX = "/usr/sbin/nginx"
FOLDERS = ("served", "maintenance", "log", "nginx/sites-available", "nginx/snippets", "temp", "acme")
TEMPLATES = (
    "nginx.conf",
    "sites-available/slipway.conf",
    "snippets/slipway-headers.conf",
    "snippets/slipway-proxy.conf",
    "heartbeats.conf",
    "users",
)
AUTHORITY = Authority()
NAME = "mail.example.org"


@dataclass(frozen=True)
class Answer:
    """What the edge answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:  # noqa: ANN401
        """Return the body, which must be JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Edge:
    """An nginx of this test alone."""

    folder: Path
    plain: int
    secure: int

    @property
    def flag(self) -> Path:
        """The file that shuts the site."""
        return self.folder / "maintenance" / "maintenance.prom"

    def ask(self, path: str, client: str = "203.0.113.7", method: str = "GET", **headers: str) -> Answer:
        """Send a request over TLS on a connection of its own, with the path as it is."""
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - the certificate is no part of these tests
        connection = http.client.HTTPSConnection("127.0.0.1", self.secure, timeout=20, context=context)
        return self._send(connection, method, path, {"X-Client": client, **headers})

    def ask_plain(self, path: str) -> Answer:
        """Send a request over HTTP."""
        return self._send(http.client.HTTPConnection("127.0.0.1", self.plain, timeout=20), "GET", path, {})

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of the access log; nginx writes once a second."""
        time.sleep(1.2)
        return [json.loads(line) for line in (self.folder / "log/access.log").read_text().splitlines()]

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str]
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, b"{}" if method == "POST" else None, {"Host": NAME, **named})
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()


class _Echo(BaseHTTPRequestHandler):
    """Answers 200 with the path and headers that it got; below /slow/ after a second."""

    def do_GET(self) -> None:
        if self.path.startswith("/slow/"):
            time.sleep(1)
        said = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(503 if self.path.startswith("/fails/") else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the server's own names

    def log_message(self, *arguments: object) -> None:
        del arguments


class _Backend(ThreadingHTTPServer):
    request_queue_size = 512


def serve(folder: Path, issued: Issued) -> None:
    """Put a certificate and its key where nginx reads them."""
    for name in ("even.pem", "odd.pem"):
        (folder / "served" / name).write_bytes(issued.chain_pem() + issued.key_pem())


@contextmanager
def live_edge(folder: Path, **settings: Any) -> Iterator[Edge]:  # noqa: ANN401
    """Serve the role's configuration with these variables until the block ends; the first site is Mailroom."""
    assert Path(NGINX).exists(), f"{NGINX} is missing: apt-get install nginx-light"
    with _Backend(("127.0.0.1", 0), _Echo) as backend:
        threading.Thread(target=backend.serve_forever, daemon=True).start()
        edge = Edge(folder, *_free_ports())
        _lay_down(edge, backend.server_port, settings)
        serve(folder, AUTHORITY.issue(NAME))
        command = [NGINX, "-e", str(folder / "log/error.log"), "-c", str(folder / "nginx/nginx.conf")]
        with subprocess.Popen([*command, "-g", "daemon off;"]) as process:
            until = time.monotonic() + 10
            while time.monotonic() < until and process.poll() is None and not (folder / "nginx.pid").exists():
                time.sleep(0.02)
            try:
                assert process.poll() is None, (folder / "log/error.log").read_text()
                yield edge
            finally:
                process.terminate()
        backend.shutdown()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for taken in (one, two):
            taken.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def _lay_down(edge: Edge, backend: int, settings: Mapping[str, Any]) -> None:
    """Write the role's files below the folder, with the paths and ports of this test in place of the host's."""
    folder = edge.folder
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    site = {"name": "mailroom", "servers": [f"127.0.0.1:{backend}"], **settings.get("site", {})}
    more = {
        "nginx_sites": [site],
        "nginx_server_names": [NAME],
        "nginx_journal": False,
        "nginx_places": 0,
        "nginx_maintenance_dir": str(folder / "maintenance"),
        "nginx_acme_webroot": str(folder / "acme"),
        "nginx_heartbeat_dir": str(folder),
        "__nginx_served_dir": str(folder / "served"),
        "__nginx_users_file": str(folder / "nginx/users"),
        **{name: value for name, value in settings.items() if name != "site"},
    }
    for name in TEMPLATES:
        text = rendered("nginx", f"etc/nginx/{name}", **more)
        (folder / "nginx" / name).write_text(_here(text, edge), encoding="utf-8")


def _here(text: str, edge: Edge) -> str:
    """Return a file's text as it must be for this machine."""
    folder = edge.folder
    temporary = "".join(
        f"{kind}_temp_path {folder}/temp/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = re.sub(r"listen \[::\]:.*\n", "\n", text)
    text = re.sub(r"listen (?:127\.0\.0\.1:8080|80|443)", lambda found: f"listen {_listen(found[0], edge)}", text)
    for old, new in {
        "user www-data;": "user root;",
        "/etc/nginx/mime.types": "/ETC/mime.types",
        "/etc/nginx": f"{folder}/nginx",
        "/ETC/": "/etc/nginx/",
        "/var/log/nginx": f"{folder}/log",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "worker_processes auto;": "worker_processes 2;",
        "    http2 on;\n": "",  # newer than the nginx of Debian 12
        "http {\n": f"http {{\n{temporary}set_real_ip_from 127.0.0.1;\nreal_ip_header X-Client;\n",
    }.items():
        text = text.replace(old, new)
    return text


def _listen(found: str, edge: Edge) -> str:
    ports = {"80": f"127.0.0.1:{edge.plain}", "443": f"127.0.0.1:{edge.secure}"}
    return ports.get(found.removeprefix("listen "), f"unix:{edge.folder}/status.sock")
