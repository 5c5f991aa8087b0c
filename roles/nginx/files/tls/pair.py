"""A certificate with its chain and its key, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
LEAST_RSA_BITS = 2048  # OpenSSL on Debian refuses less in a handshake


class RefusedError(Exception):
    """A pair that must not be served. The message says which and why."""


@dataclass(frozen=True)
class Pair:
    """A certificate, those that lead from it to its authority, and its key."""

    where: str
    chain: tuple[x509.Certificate, ...]
    key: Key

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Pair:
        """Read both files.

        Raises:
            RefusedError: one isn't there, or isn't what it should be.
        """
        try:
            chain = x509.load_pem_x509_certificates(certificate.read_bytes())
            private = load_pem_private_key(key.read_bytes(), password=None)
        except OSError as error:
            raise RefusedError(f"{error.filename}: {error.strerror}") from None
        except (ValueError, TypeError) as error:
            raise RefusedError(f"{certificate} or {key} can't be read as PEM without a password: {error}") from None
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise RefusedError(f"{key} is neither an RSA nor an elliptic curve key, and clients want one of these")
        return cls(str(certificate), tuple(chain), private)

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the site itself."""
        return self.chain[0]

    @property
    def der(self) -> bytes:
        """The certificate as a handshake carries it."""
        return self.leaf.public_bytes(Encoding.DER)

    def content(self) -> bytes:
        """Return the file that nginx reads: certificate, chain and key together, so that one rename changes both."""
        certificates = b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)
        return certificates + self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def check(self, names: Iterable[str], now: dt.datetime) -> None:
        """Refuse what a client would refuse.

        Raises:
            RefusedError: it isn't this key's, or not for these names, or not for this time, or the chain is broken.
        """
        for wrong in (self._key_astray(), self._out_of_time(now), self._names_missing(names), self._chain_broken()):
            if wrong:
                raise RefusedError(f"{self.where} {wrong}")

    def _key_astray(self) -> str:
        own, certified = self.key.public_key(), self.leaf.public_key()
        if _bytes(own) != _bytes(certified):
            return "isn't the certificate of this key"
        if isinstance(own, rsa.RSAPublicKey) and own.key_size < LEAST_RSA_BITS:
            return f"has a key of {own.key_size} bits; clients want at least {LEAST_RSA_BITS}"
        return ""

    def _out_of_time(self, now: dt.datetime) -> str:
        if now >= self.leaf.not_valid_after_utc:
            return f"ended at {self.leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        if now < self.leaf.not_valid_before_utc:
            return f"begins at {self.leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC only; is this host's clock right?"
        return ""

    def _names_missing(self, names: Iterable[str]) -> str:
        known = _names(self.leaf)
        missing = [name for name in names if not any(_covers(one, name) for one in known)]
        if not missing:
            return ""
        return f"isn't for {', '.join(missing)}; it is for {', '.join(sorted(known)) or 'no name'}"

    def _chain_broken(self) -> str:
        for lower, upper in zip(self.chain, self.chain[1:], strict=False):
            try:
                lower.verify_directly_issued_by(upper)
            except (ValueError, TypeError, InvalidSignature):
                subject, issuer = lower.subject.rfc4514_string(), upper.subject.rfc4514_string()
                return f"has a chain that is broken: {subject or 'the first'} wasn't issued by {issuer}, which follows"
        return ""


def _bytes(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {name.lower() for name in names.get_values_for_type(x509.DNSName)} | {str(one) for one in addresses}


def _covers(known: str, name: str) -> bool:
    """Tell whether a name of the certificate is, or as *.example.org stands for, a name of the site (RFC 9525, 6.3)."""
    try:
        return known == str(ipaddress.ip_address(name))
    except ValueError:
        pass
    name = name.lower()
    return known == name or (known.startswith("*.") and known[2:] == name.partition(".")[2])
