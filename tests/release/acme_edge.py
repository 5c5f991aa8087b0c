"""An edge host that is made by its roles alone, with an ACME authority and an application on a host beside it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509

from roles.nginx.files.tls.handshake import shown
from tests.fleet import Fleet
from tests.playing import Played
from tests.release.pebble import Pebble

EDGE, BESIDE = "acme-edge", "acme-authority"
NAMES = ("acme.test", "www.acme.test")
PLAY = "tests/release/plays/edge.yml"
RENEWAL = "/etc/letsencrypt/renewal/slipway.conf"


@dataclass(frozen=True)
class AcmeEdge:
    """The hosts, and what became of the edge's first converges.

    Attributes:
        fleet: both hosts.
        authority: Pebble, on the host beside the edge.
        blank_check: what `--check` said of the blank host.
        first: the first converge.
    """

    fleet: Fleet
    authority: Pebble
    blank_check: Played
    first: Played

    @classmethod
    def make(cls, fleet: Fleet) -> AcmeEdge:
        """Boot the hosts, start the authority and an application that answers GET, and converge the edge."""
        authority = Pebble(fleet, BESIDE, EDGE)
        fleet.boot_all()
        blank_check = fleet.play(PLAY, "--check", "--diff")
        authority.install()
        authority.start()
        fleet.run(BESIDE, "systemd-run --quiet --collect --unit=slipway-app python3 -m http.server 8000")
        return cls(fleet, authority, blank_check, fleet.play(PLAY))

    @property
    def address(self) -> str:
        """The edge's address."""
        return self.fleet.addresses[EDGE]

    def converge(self, *arguments: str) -> Played:
        """Converge the edge, which must work."""
        played = self.fleet.play(PLAY, *arguments)
        assert played.code == 0, played.output[-6000:]
        return played

    def run(self, command: str, *, check: bool = True) -> str:
        """Run a command on the edge."""
        return self.fleet.run(EDGE, command, check=check)

    def leaf(self) -> x509.Certificate:
        """Return the certificate that a client is shown."""
        der = shown(self.address, 443, NAMES[0])
        assert der, "nobody shakes hands"
        return x509.load_der_x509_certificate(der)

    def names(self) -> set[str]:
        """Return the names that it is for."""
        known = self.leaf().extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(known.get_values_for_type(x509.DNSName))

    def trusted(self, name: str) -> bool:
        """Whether a client who trusts the authority's root alone takes it for a site of this name."""
        context = ssl.create_default_context(cadata=self.authority.root())
        try:
            with (
                socket.create_connection((self.address, 443), timeout=10) as plain,
                context.wrap_socket(plain, server_hostname=name),
            ):
                return True
        except ssl.SSLCertVerificationError:
            return False

    def look(self) -> str:
        """Have certbot look after its certificates as its timer does; return what systemd says came of it."""
        self.run("systemctl start certbot.service", check=False)
        return self.run("systemctl show --property Result --value certbot.service").strip()

    def said(self) -> str:
        """Return what the last look left in the journal."""
        invocation = self.run("systemctl show --property InvocationID --value certbot.service").strip()
        return self.run(f"journalctl --output cat _SYSTEMD_INVOCATION_ID={invocation}")

    def processes(self) -> str:
        """Return nginx's processes; a reload makes new workers."""
        return self.run("ps -C nginx -o pid= | sort -n")

    @contextmanager
    def authority_away(self) -> Iterator[None]:
        """Have the edge not reach the authority inside of a block."""
        route = f"unreachable {self.fleet.addresses[BESIDE]}/32"
        self.run(f"ip route add {route}")
        try:
            yield
        finally:
            self.run(f"ip route del {route}")

    @contextmanager
    def due(self) -> Iterator[None]:
        """Have the certificate be due for renewal inside of a block."""
        self.run(f"sed -i '1i renew_before_expiry = 100 days' {RENEWAL}")
        try:
            yield
        finally:
            self.run(f"sed -i '/^renew_before_expiry/d' {RENEWAL}")
