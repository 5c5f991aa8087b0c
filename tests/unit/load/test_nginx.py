"""The load on a real nginx: what it calls clean, and what a reload does."""

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.load.access_log import check_access_log
from tests.load.open_loop import OpenLoop
from tests.load.requests import JsonHas, Request
from tests.load.table import table
from tests.unit.load.authority import Authority
from tests.unit.load.conftest import config_for

NGINX = "/usr/sbin/nginx"
CONFIG = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 256; }}
http {{
    log_format ids '$http_x_request_id $status';
    access_log {folder}/access.log ids;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    keepalive_requests 20;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {authority.certificate};
        ssl_certificate_key {authority.key};
        location / {{
            add_header X-Release 1.4.0;
            add_header X-Request-ID $http_x_request_id;
            return 200 '{{"state": "right"}}';
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx of this test alone."""

    folder: Path
    url: str

    def reload(self) -> None:
        """Let new workers take over, as `systemctl reload nginx` does."""
        command = [NGINX, "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "error.log"), "-s", "reload"]
        subprocess.run(command, check=True, timeout=10)

    def log(self) -> list[str]:
        """Return the lines of the access log."""
        return (self.folder / "access.log").read_text().splitlines()


@pytest.fixture
def nginx(authority: Authority, tmp_path: Path) -> Iterator[Nginx]:
    assert Path(NGINX).exists(), f"{NGINX} is missing: apt-get install nginx-light"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "nginx.conf").write_text(CONFIG.format(folder=tmp_path, port=port, authority=authority))
    command = [NGINX, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            wait_for(port)
            yield Nginx(tmp_path, f"https://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("nginx does not listen")


def test_nothing_is_lost_or_cut_when_nginx_retires_connections_by_keepalive_requests(
    authority: Authority, nginx: Nginx
) -> None:
    mix = (
        Request("GET", "/health/ready", check=JsonHas({"state": "right"}), echoes_id=True, weight=9),
        Request("POST", "/messages", body=b'{"id": "{request_id}"}', check=JsonHas({"state": "right"})),
    )
    config = config_for(nginx.url, authority.ca, rate=300, seconds=2, requests=mix, fresh=0.1)
    with OpenLoop(config) as load:
        report = load.wait()
    assert report.clean, table(report)
    assert (report.total.failed, report.total.cut) == (0, 0)
    assert report.total.ended["announced"] >= 2 * 8, "each of the 8 connections passed the boundary twice"
    assert report.total.release_names == {"1.4.0"}
    assert check_access_log(nginx.log(), load.run, report.total.due).clean


def test_a_reload_of_nginx_is_seen_to_cut_idle_connections(authority: Authority, nginx: Nginx) -> None:
    config = config_for(nginx.url, authority.ca, rate=50, seconds=60, connections=16)
    with OpenLoop(config) as load:
        time.sleep(0.5)
        nginx.reload()
        time.sleep(0.5)
    report = load.report()
    # A connection with a request in hand is closed as announced; with 16 connections at 50/s nearly all are idle.
    assert report.total.cut + report.total.ended.get("announced", 0) == 16, table(report)
    assert report.total.ended["cut_idle"] >= 8, table(report)
    assert not report.clean
    logged = check_access_log(nginx.log(), load.run, report.total.due)
    assert not logged.repeated
    assert len(logged.missing) == report.total.lost
