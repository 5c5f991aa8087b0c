"""A real issuer on a port of its own: HTTPS, with a certificate of an authority that was made for it."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from support.issuer import public_rsa, rsa_key

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"


@dataclass
class Issuer:
    """What it answers: documents by their path, each as a status and a body. It counts what it was asked."""

    url: str
    authority: Path
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def shows(self, *keys: dict[str, Any]) -> None:
        """Show these keys from now on."""
        document = {"issuer": self.url, "jwks_uri": self.url + KEYS}
        self.answers = {
            DISCOVERY: (200, json.dumps(document).encode()),
            KEYS: (200, json.dumps({"keys": keys}).encode()),
        }


@contextmanager
def https_issuer(directory: Path) -> Iterator[Issuer]:
    """Run an issuer that shows the key `rsa`, until the block ends."""
    authority, chain = _certificates(directory)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler())
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer = Issuer(f"https://127.0.0.1:{server.server_address[1]}", authority)
    issuer.shows(public_rsa("rsa", rsa_key()))
    vars(server)["issuer"] = issuer
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler() -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer: Issuer = vars(self.server)["issuer"]
            issuer.asked.append(self.path)
            status, body = issuer.answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _certificates(directory: Path) -> tuple[Path, Path]:
    """Return an authority, and a certificate of it for 127.0.0.1 with its key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    authority_key, key = rsa_key("authority"), rsa_key("server")
    now = datetime.now(UTC)

    def certificate(
        subject: x509.Name, public: rsa.RSAPublicKey, extensions: list[x509.ExtensionType]
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(name, subject, public, x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        for extension in (*extensions, issuer_id, x509.SubjectKeyIdentifier.from_public_key(public)):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(authority_key, hashes.SHA256())

    authority = certificate(name, authority_key.public_key(), [x509.BasicConstraints(ca=True, path_length=0)])
    host = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    own = certificate(host, key.public_key(), [address])
    pem = serialization.Encoding.PEM
    (directory / "authority.pem").write_bytes(authority.public_bytes(pem))
    (directory / "issuer.pem").write_bytes(
        own.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return directory / "authority.pem", directory / "issuer.pem"
