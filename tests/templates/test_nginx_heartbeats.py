"""Another environment's watchers call at the edge: a real nginx takes the calls that the role lets it take."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.templates.by_ansible import rendered
from tests.templates.test_nginx import CONFIGURATION, MAILROOM, SITE, behind_an_edge, site

NGINX = "/usr/sbin/nginx"
TOKEN = "a" * 31 + "B"
OTHER = "c" * 32
PEERS = [{"name": "staging", "token": TOKEN}, {"name": "production-eu", "token": OTHER}]
FRAME = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 64; }}
http {{
    log_format slipway_mailroom '$uri $status';
    log_format slipway_heartbeat '#';
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        include {folder}/heartbeats.conf;
        location / {{ return 404; }}
    }}
}}
"""


@dataclass(frozen=True)
class Edge:
    """An nginx of this test alone."""

    folder: Path
    port: int

    def call(self, name: str, authorization: str | None) -> int:
        """Call as Alertmanager does; return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
        connection.request("POST", f"/heartbeat/{name}", b'{"version": "4", "alerts": []}' * 100, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def heard(self, name: str, least: int = 0) -> list[str]:
        """Return the lines that the calls left, once there are so many: nginx writes a line after its answer."""
        until = time.monotonic() + 60
        while True:
            lines = (self.folder / f"heartbeat-{name}.prom").read_text().splitlines()
            if len(lines) >= least or time.monotonic() > until:
                return lines
            time.sleep(0.02)


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    assert Path(NGINX).exists(), f"{NGINX} is missing: apt-get install nginx-light"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {"nginx_sites": [MAILROOM], "nginx_heartbeats": PEERS, "nginx_heartbeat_dir": str(tmp_path)}
    text = rendered("nginx", "etc/nginx/heartbeats.conf", **settings)
    (tmp_path / "heartbeats.conf").write_text(text.replace("/var/log/nginx", str(tmp_path)))
    (tmp_path / "nginx.conf").write_text(FRAME.format(folder=tmp_path, port=port))
    command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    with subprocess.Popen(command) as process:
        until = time.monotonic() + 10
        while time.monotonic() < until and not (tmp_path / "nginx.pid").exists():
            time.sleep(0.02)
        yield Edge(tmp_path, port)
        process.terminate()


def test_a_call_with_its_token_leaves_a_line_that_prometheus_takes_for_a_comment(edge: Edge) -> None:
    assert edge.heard("staging") == [], "the file is there from the start, so that one who never called is missed"

    assert edge.call("staging", f"Bearer {TOKEN}") == 204
    assert edge.heard("staging", least=1) == ["#"]
    assert edge.heard("production-eu") == []


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", f"Bearer {TOKEN.lower()}", f"Bearer {OTHER}", TOKEN, f"Bearer {TOKEN}x"],
    ids=["none", "empty", "no token", "wrong case", "another's", "no scheme", "longer"],
)
def test_any_other_call_is_refused_leaves_nothing_and_is_logged(edge: Edge, authorization: str | None) -> None:
    assert edge.call("staging", authorization) == 401
    assert edge.heard("staging") == []
    time.sleep(1.1)  # the access log is written every second
    assert (edge.folder / "access.log").read_text() == "/heartbeat/staging 401\n"


def test_who_is_not_known_finds_nothing(edge: Edge) -> None:
    assert edge.call("nobody", f"Bearer {TOKEN}") == 404


def test_only_the_first_site_of_a_public_host_hears_them() -> None:
    include = "include /etc/nginx/heartbeats.conf;"
    guests = {"name": "guests", "servers": ["unix:/x.sock"], "server_names": ["guests.test"], "internal_port": 8001}

    assert site(nginx_sites=[MAILROOM, guests]).count(include) == 1
    assert include not in behind_an_edge()


def test_a_refused_call_is_logged_as_every_request_of_the_site() -> None:
    log = rendered("nginx", CONFIGURATION, nginx_sites=[MAILROOM])
    refused = rendered("nginx", "etc/nginx/heartbeats.conf", nginx_sites=[MAILROOM], nginx_heartbeats=PEERS)
    (said,) = {line.strip() for line in refused.splitlines() if "access.log" in line}

    assert said in log
    assert said in rendered("nginx", SITE, nginx_sites=[MAILROOM])
