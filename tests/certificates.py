"""Certificates as authorities issue them, and as they should not: made in a moment, for tests of what serves them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a key as certbot makes one."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and the certificates that lead from it to its authority."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate as a handshake carries it."""
        return self.certificate.public_bytes(Encoding.DER)

    def chain_pem(self) -> bytes:
        """Return the certificate and those above it."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.above))

    def key_pem(self) -> bytes:
        """Return the key."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both into a folder; return the paths of certificate and key."""
        certificate, key = folder / "site.crt", folder / "site.key"
        certificate.write_bytes(self.chain_pem())
        key.write_bytes(self.key_pem())
        return certificate, key


def self_signed(*names: str) -> Issued:
    """Return a certificate that its own key has signed, for DNS names and addresses.

    Its subject is no other's: of two with the same, whoever trusts both may take the wrong one for its issuer.
    """
    key, subject = new_key(), secrets.token_hex(8)
    builder = _builder(subject, subject, key, (-1, 90)).add_extension(_for(names), critical=False)
    return Issued(builder.sign(key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Authority:
    """An authority with one step below it, as Let's Encrypt has."""

    name: str = "authority"
    key: Key = field(default_factory=new_key)
    own: Key = field(default_factory=new_key)

    def issue(
        self,
        *names: str,
        days: tuple[float, float] = (-1, 90),
        key: Key | None = None,
    ) -> Issued:
        """Issue a certificate.

        Args:
            names: DNS names and addresses.
            days: from when until when, counted from now.
            key: the site's; a new one without it.
        """
        key = key or new_key()
        upper = _builder(f"{self.name} step", self.name, self.key, (-10, 1000)).sign(self.own, hashes.SHA256())
        builder = _builder(names[0] if names else "", f"{self.name} step", key, days)
        if names:
            builder = builder.add_extension(_for(names), critical=False)
        return Issued(builder.sign(self.key, hashes.SHA256()), key, (upper,))


def _for(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in names])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: str, issuer: str, key: Key, days: tuple[float, float]) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else []),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now + dt.timedelta(days=days[0]),
        not_valid_after=now + dt.timedelta(days=days[1]),
    )
