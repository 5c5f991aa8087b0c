"""Pebble, Let's Encrypt's own authority for tests, on a lab host: Debian's package, and a DNS that leads to an edge.

It sleeps before it looks, and refuses one nonce in twenty, so that clients learn to bear it.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from tests.fleet import Fleet
from tests.local_host import wait_for

FOLDER = "/srv/pebble"
DAY = 86400
# A name for which it issues nothing. One with more labels than another name that it is asked for makes it panic.
REFUSED = "refused.test"
CONFIGURATION = {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": f"{FOLDER}/api.crt",
    "privateKey": f"{FOLDER}/api.key",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": False,
    "retryAfter": {"authz": 1, "order": 1},
    "domainBlocklist": [REFUSED],
    "certificateValidityPeriod": 90 * DAY,
}
INSTALL = """
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -qq --no-install-recommends pebble openssl curl > /dev/null
mkdir -p {folder}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=pebble \
  -addext subjectAltName=IP:{address} -keyout {folder}/api.key -out {folder}/api.crt 2> /dev/null
echo {configuration} > {folder}/config.json
"""
START = """
systemd-run --quiet --collect --unit=slipway-dns pebble-challtestsrv -defaultIPv4 {edge} -defaultIPv6 '' \
  -http01 '' -https01 '' -tlsalpn01 '' -doh '' -management '' -dns01 127.0.0.1:8053
systemd-run --quiet --collect --unit=slipway-pebble pebble -config {folder}/config.json -dnsserver 127.0.0.1:8053
"""


@dataclass(frozen=True)
class Pebble:
    """The authority.

    Attributes:
        fleet: where its host is.
        host: that host.
        edge: the host that is asked whether it is the site.
    """

    fleet: Fleet
    host: str
    edge: str

    def install(self) -> None:
        """Install it, and have the edge know by what its directory is proved."""
        configuration = shlex.quote(json.dumps({"pebble": CONFIGURATION}))
        address = self.fleet.addresses[self.host]
        self.fleet.run(self.host, INSTALL.format(folder=FOLDER, address=address, configuration=configuration))
        proof = self.fleet.run(self.host, f"cat {FOLDER}/api.crt")
        self.fleet.run(self.edge, f"echo {shlex.quote(proof)} > /etc/ssl/pebble.crt")

    def start(self) -> None:
        """Start it, once: it forgets accounts and its own key when it stops."""
        self.fleet.run(self.host, START.format(folder=FOLDER, edge=self.fleet.addresses[self.edge]))
        wait_for(lambda: "BEGIN CERTIFICATE" in self.root(), "Pebble")

    def root(self) -> str:
        """Return the authority's own certificate in PEM, or nothing where it doesn't answer."""
        return self.fleet.run(self.host, "curl --silent --insecure https://127.0.0.1:15000/roots/0", check=False)
