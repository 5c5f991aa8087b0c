"""A simulated SNS by https, for what deliveries send us to."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from support.sns import rsa_key


def tls_certificate() -> tuple[bytes, bytes]:
    """Return key and certificate, in PEM, of a server at localhost that is its own authority."""
    key, now = rsa_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), 9, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, built.public_bytes(Encoding.PEM)


@dataclass
class SimulatedSns:
    """A server at localhost by https: what it answers at which path, and what it was asked for."""

    port: int
    authority: Path
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    drips: float = 0.0
    withheld: int = 0

    @property
    def host(self) -> str:
        """The host and port, as the setting MAILROOM_SNS_HOST has them."""
        return f"localhost:{self.port}"


@contextmanager
def simulated_sns(directory: Path) -> Iterator[SimulatedSns]:
    """Run the server. Its key and certificate are left in the directory."""
    key, certificate_of_server = tls_certificate()
    (directory / "key.pem").write_bytes(key)
    (directory / "ca.pem").write_bytes(certificate_of_server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "ca.pem", directory / "key.pem")
    sns = SimulatedSns(0, directory / "ca.pem")
    server = ThreadingHTTPServer(("localhost", 0), _handler(sns))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    sns.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield sns
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(sns: SimulatedSns) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sns.asked.append(self.path)
            status, body = sns.answers.get(self.path, (404, b""))
            self.send_response(status)
            if status in {301, 302, 307}:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body) + sns.withheld))
            self.end_headers()
            with suppress(OSError):
                self._write(body)

        def _write(self, body: bytes) -> None:
            if not sns.drips:
                self.wfile.write(body)
            for byte in body if sns.drips else b"":
                self.wfile.write(bytes([byte]))
                time.sleep(sns.drips)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
