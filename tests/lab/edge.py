"""The TLS edge of the simulated world: Debian's nginx on the control node, with a configuration of its own."""

from pathlib import Path

AWS_PORT = 4566
SINK_PORT = 4567

_SERVER = """\
  server {{
    listen {address}:{port} ssl;
    location / {{ proxy_pass http://127.0.0.1:{backend}; }}
  }}
"""

_MAIN = """\
{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  ssl_certificate {state}/server.crt;
  ssl_certificate_key {state}/server.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  # What S3 signs must arrive as it was sent.
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto https;
  proxy_read_timeout 120s;
{servers}}}
"""


def configuration(state: Path, address: str, backends: dict[int, int], *, privileged: bool) -> str:
    """Return nginx' configuration: TLS on `address` at each port, in front of plain HTTP at its local port.

    A privileged nginx keeps its workers' user: they write to a folder that only root enters.
    """
    servers = "".join(
        _SERVER.format(address=address, port=port, backend=backend) for port, backend in sorted(backends.items())
    )
    user = "user root;\n" if privileged else ""
    return _MAIN.format(user=user, folder=state / "world", state=state, servers=servers)
