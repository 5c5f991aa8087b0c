"""What lies on the lab host, whichever way releases are made: nginx, units, the releases, Slipway's own modules."""

from importlib.resources import files as resources
from pathlib import Path

import ansible.module_utils

from tests.lab.naming import CHECKOUT
from tests.load.compare.methods import Method
from tests.load.compare.scripts import APP, TOOLS

# What modules never need on a host of ours.
UNUSED = {"csharp", "facts", "powershell", "__pycache__"}

NGINX = """\
user www-data;
worker_processes auto;
worker_rlimit_nofile 16384;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events {
    worker_connections 4096;
}
http {
    access_log off;
    keepalive_timeout 75s;
    keepalive_requests 100000;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;
    include /etc/nginx/upstream.conf;
    server {
        listen 443 ssl default_server backlog=2048;
        ssl_certificate /etc/nginx/server.crt;
        ssl_certificate_key /etc/nginx/server.key;
        location / {
            proxy_pass http://tiny;
            proxy_http_version 1.1;
            proxy_set_header Connection close;
            proxy_set_header X-Request-ID $http_x_request_id;
            proxy_next_upstream error;
            proxy_next_upstream_tries 2;
            proxy_connect_timeout 5s;
            proxy_read_timeout 35s;
        }
    }
}
"""
SOCKET = """\
[Socket]
ListenStream=/run/tiny/%i.sock
SocketGroup=www-data
SocketMode=0660
Backlog=2048
TriggerLimitIntervalSec=0
PollLimitIntervalSec=0
[Install]
WantedBy=sockets.target
"""
SERVICE = """\
[Unit]
StartLimitIntervalSec=0
{needs}
[Service]
Type=notify
NotifyAccess=main
User=tiny
Group=www-data
Environment=TINY_IMPORT_SECONDS={import_seconds:g}
WorkingDirectory=/srv/tiny/slots/%i
Environment=PYTHONPATH={gunicorn}
ExecStart=/usr/bin/python3 -m gunicorn --config /etc/tiny/gunicorn.conf.py --chdir /srv/tiny/slots/%i {options} tiny:app
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
TimeoutStopSec=40
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""
GUNICORN_HOME = f"{TOOLS}/gunicorn"
GUNICORN = """\
worker_class = "gthread"
workers = 2
threads = 4
timeout = 30
graceful_timeout = 30
backlog = 2048
worker_tmp_dir = "/dev/shm"
loglevel = "warning"
control_socket_disable = True
"""
BEHIND_SOCKET = "Requires=tiny-web@%i.socket\nAfter=tiny-web@%i.socket"
OWN_SOCKET = "--bind unix:/run/tiny/%i.sock --umask 007"


def tools() -> dict[str, bytes]:
    """Return Slipway's modules, with what Ansible gives them, and the program that waits for a release."""
    shipped = Path(ansible.module_utils.__file__).parent
    found = {f"{TOOLS}/ready.py": _own("ready.py"), f"{TOOLS}/ansible/__init__.py": b""}
    for path in shipped.rglob("*.py"):
        inside = path.relative_to(shipped)
        if not UNUSED & set(inside.parts):
            found[f"{TOOLS}/ansible/module_utils/{inside}"] = path.read_bytes()
    for path in (CHECKOUT / "module_utils").glob("*.py"):
        found[f"{TOOLS}/ansible/module_utils/{path.name}"] = path.read_bytes()
    for path in (CHECKOUT / "library").glob("*.py"):
        found[f"{TOOLS}/library/{path.name}"] = path.read_bytes()
    return found


def releases(versions: list[str]) -> dict[str, bytes]:
    """Return the releases: each has a folder of its own, and differs from the others in its version alone."""
    service = _own("tiny.py")
    found = {}
    for version in versions:
        found[f"/srv/{APP}/releases/{version}/tiny.py"] = service
        found[f"/srv/{APP}/releases/{version}/version"] = f"{version}\n".encode()
    return found


def configuration(method: Method, import_seconds: float) -> dict[str, bytes]:
    """Return units and nginx' configuration for a way of releasing."""
    service = SERVICE.format(
        needs=BEHIND_SOCKET if method.socket_of_systemd else "",
        options=" ".join([method.options, "" if method.socket_of_systemd else OWN_SOCKET]),
        import_seconds=import_seconds,
        gunicorn=GUNICORN_HOME,
    )
    servers = "".join(f"    server unix:{path} max_fails=0;\n" for path in method.upstream)
    texts = {
        "/etc/nginx/nginx.conf": NGINX,
        "/etc/nginx/upstream.conf": f"upstream tiny {{\n{servers}}}\n",
        f"/etc/{APP}/gunicorn.conf.py": GUNICORN,
        f"/etc/systemd/system/{APP}-web@.socket": SOCKET,
        f"/etc/systemd/system/{APP}-web@.service": service,
    }
    return {path: text.encode() for path, text in texts.items()}


def _own(name: str) -> bytes:
    return resources("tests.load.compare.on_host").joinpath(name).read_bytes()
