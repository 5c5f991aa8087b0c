"""Faults of the edge: nginx, its certificate, and what the probe finds."""

from __future__ import annotations

import shlex

from tests.faults.asking import read_messages
from tests.faults.fault import STOP, Fault, in_background

CERTIFICATE, KEY = "/etc/nginx/site.crt", "/etc/nginx/tls/site.key"
SERVED = "/etc/nginx/served"
MAINTENANCE = "/var/lib/slipway-edge/maintenance.prom"
PROXY = "/etc/nginx/snippets/slipway-proxy.conf"

TOKEN = "test" * 10
PEER = "neighbour"
HEARTBEAT = f"/var/lib/heartbeats/heartbeat-{PEER}.prom"
# What the other environment's Alertmanager does every minute; the site's own certificate is its authority.
CALL = (
    f"curl --silent --show-error --fail --cacert {CERTIFICATE} --header 'Authorization: Bearer {TOKEN}'"
    f" --resolve mailroom.test:443:127.0.0.1 --data '' https://mailroom.test/heartbeat/{PEER}"
)
CALLS = "slipway-neighbour"
CALLING = f"systemd-run --quiet --collect --unit={CALLS} --on-active=1 --on-unit-active=60 {CALL}"
# It takes one connection and has a queue of one: the kernel drops what comes then.
DEAF = """
import socket, time
server = socket.create_server(("127.0.0.1", 4700), backlog=1)
clients = []
for _ in range(1200):
    clients.append(socket.socket())
    clients[-1].setblocking(False)
    clients[-1].connect_ex(("127.0.0.1", 4700))
    time.sleep(1)
"""


def certificate_for(days: int) -> str:
    """Return a script that puts a certificate of the same names, but so many days, in the place of the site's."""
    return f"""
cp -p {CERTIFICATE} /run/site.crt
openssl x509 -in {CERTIFICATE} -days {days} -signkey {KEY} -copy_extensions copy -out /run/short.crt 2>/dev/null
cat /run/short.crt > {CERTIFICATE} && slipway-tls && systemctl reload prometheus-blackbox-exporter
"""


WHOLE_CERTIFICATE = f"cat /run/site.crt > {CERTIFICATE} && slipway-tls && systemctl reload prometheus-blackbox-exporter"

FAULTS = (
    Fault(
        alert="NginxDown",
        what="nginx is stopped",
        make="systemctl stop nginx",
        mend="systemctl start nginx",
    ),
    Fault(
        alert="ProbeFailed",
        what="nginx has a certificate that nobody trusts",
        make=f"""
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=elsewhere -days 90 \
  -keyout /run/other.key -out /run/other.crt 2>/dev/null
for turn in even odd; do cat /run/other.crt /run/other.key > {SERVED}/$turn.pem; done
""",
        mend="slipway-tls && rm -f /run/other.key /run/other.crt",
    ),
    Fault(
        alert="CertificateEnding",
        what="the certificate ends in 2 days",
        make=certificate_for(2),
        mend=WHOLE_CERTIFICATE,
    ),
    Fault(
        alert="CertificateExpiring",
        what="the certificate ends in 10 days",
        make=certificate_for(10),
        mend=WHOLE_CERTIFICATE,
    ),
    Fault(
        alert="EdgeErrorRatioHigh",
        what="nginx answers the requests of one path itself, with an error",
        make=f"""cp -p {PROXY} /run/proxy.conf
echo 'if ($uri ~ ^/api/v1/messages) {{ return 502; }}' >> {PROXY} && systemctl reload nginx""",
        mend=f"cat /run/proxy.conf > {PROXY} && systemctl reload nginx",
        clients=read_messages,
    ),
    Fault(
        alert="MaintenanceLong",
        what="the site was shut for maintenance five hours ago",
        make=f"echo slipway_edge_maintenance_since_timestamp_seconds $(($(date +%s) - 18000)) > {MAINTENANCE}",
        mend=f"rm {MAINTENANCE}",
    ),
    Fault(
        alert="PeerSilent",
        what="another environment's Alertmanager has not called for a quarter of an hour",
        make=f"systemctl stop {CALLS}.timer && touch --date='-15 min' {HEARTBEAT}",
        mend=CALLING,
    ),
    Fault(
        alert="ConnectionsDropped",
        what="a server doesn't take its connections",
        make=in_background(f"exec python3 -c {shlex.quote(DEAF)}"),
        mend=STOP,
    ),
)
