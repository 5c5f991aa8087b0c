"""The lab's own certificate authority, and the certificate of its simulated world."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.lab import files

_LIFE = timedelta(days=397)  # what browsers accept at most


def issue(folder: Path, addresses: list[str]) -> None:
    """Write `ca.crt`, `ca.key`, `server.crt` and `server.key` for the IP addresses; what is there and fits stays."""
    wanted = sorted({*addresses, "127.0.0.1"})
    authority, key = _authority(folder)
    server = folder / "server.crt"
    if server.exists() and _addresses(x509.load_pem_x509_certificate(server.read_bytes())) == wanted:
        return
    own = generate_private_key(SECP256R1())
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(text)) for text in wanted)]
    )
    builder = _builder("Slipway lab", authority.subject, own)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    certificate = builder.add_extension(identifier, critical=False).sign(key, SHA256())
    files.write(folder / "server.key", _pem(own), 0o600)
    files.write(server, certificate.public_bytes(Encoding.PEM))


def _authority(folder: Path) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """Return the lab's authority; make it when there is none."""
    if (folder / "ca.crt").exists():
        key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if isinstance(key, EllipticCurvePrivateKey):
            return x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes()), key
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Slipway lab authority ({folder.name})")])
    builder = _builder(f"Slipway lab authority ({folder.name})", name, key)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    builder = builder.add_extension(
        x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False),
        critical=True,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = builder.add_extension(identifier, critical=False).sign(key, SHA256())
    files.write(folder / "ca.key", _pem(key), 0o600)
    files.write(folder / "ca.crt", certificate.public_bytes(Encoding.PEM))
    return certificate, key


def _builder(subject: str, issuer: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Return the beginnings of a certificate, valid from an hour ago (a host's clock may be behind)."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
    )


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _addresses(certificate: x509.Certificate) -> list[str]:
    """Return the IP addresses a certificate is for."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return sorted(str(address) for address in names.get_values_for_type(x509.IPAddress))
