"""The nginx that hosts run takes the whole configuration, without a warning, in each of its shapes."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import Any

import pytest

from tests.certificates import Authority
from tests.host_tools import host_program
from tests.templates.by_ansible import rendered
from tests.templates.live_edge import TEMPLATES
from tests.templates.test_nginx import GRAFANA, GUESTBOOK, HOSTS, MAILROOM
from tools.up import ROOT

pytestmark = pytest.mark.timeout(600)

BEHIND = {"nginx_public": False, "nginx_internal_address": "127.0.0.1", "nginx_edge_addresses": ["10.20.0.2"]}
SITES = [{**MAILROOM, "health_paths": ["/health/"], "open_paths": ["/hooks/"]}, GUESTBOOK]
LOGINS = {"nginx_access_users": [{"name": "team", "password_hash": "$6$a$b"}]}
SHAPES: dict[str, dict[str, Any]] = {
    "all in one": {},
    "edge": {"nginx_sites": [{**MAILROOM, "servers": HOSTS}]},
    "app host": BEHIND,
    "sticky and static": {
        "nginx_sites": [
            {**MAILROOM, "sticky": "cookie", "sticky_key": "who"},
            {**GUESTBOOK, "static": [{"url": "/static/", "root": "/srv/static"}]},
        ]
    },
    "staging": {
        **LOGINS,
        "nginx_sites": SITES,
        "nginx_proxies": [{**GRAFANA, "from": ["198.51.100.0/24"]}],
        "nginx_heartbeats": [{"name": "staging", "token": "a" * 32}],
        "nginx_access_addresses": ["198.51.100.0/24", "2001:db8::/32"],
        "nginx_own_addresses": ["10.20.0.30"],
        "nginx_maintenance_addresses": ["10.20.0.30", "2001:db8::/32"],
        "nginx_tls_source": "acme",
    },
    "addresses only": {"nginx_sites": SITES, "nginx_access_addresses": ["198.51.100.0/24"]},
    "no limits": {"nginx_limit_requests": 0, "nginx_limit_connections": 0},
    "a page of one's own": {"nginx_maintenance_page": "<p>" + "it's $5 \\ \"\n" * 200},
}


def packed(settings: dict[str, Any]) -> bytes:
    """Return the files of a host as an archive."""
    issued = Authority().issue("mailroom.test")
    usual = {"nginx_sites": [MAILROOM], "nginx_server_names": ["mailroom.test"]}
    files = {f"etc/nginx/{name}": rendered("nginx", f"etc/nginx/{name}", **{**usual, **settings}) for name in TEMPLATES}
    files |= dict.fromkeys(("etc/nginx/served/even.pem", "etc/nginx/served/odd.pem"), issued.chain_pem().decode())
    files |= {"var/lib/heartbeats/heartbeat-staging.prom": ""}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return archive.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_nginx_takes_the_configuration_without_a_warning(shape: str) -> None:
    *toolbox, program = host_program("nginx", "-v")
    words = [*toolbox, "sh", "-c", f"tar -x -C / && {program} -t"]
    checked = subprocess.run(words, cwd=ROOT, input=packed(SHAPES[shape]), capture_output=True, check=False)

    said = checked.stderr.decode()
    assert "test is successful" in said, said
    assert "[warn]" not in said
