"""The site of an edge host, seen by a client that checks its certificate, follows nothing and stores nothing."""

from __future__ import annotations

import dataclasses
import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.environment import environment_under_test

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 60.0  # seconds that an answer may take; longer than what an edge waits for a host


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the site answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, empty where there is none."""
        return self.headers.get(name, "")

    def json(self) -> Any:  # noqa: ANN401
        """Return the body, which must be JSON."""
        return json.loads(self.body)


class _Https(http.client.HTTPSConnection):
    """Connects to an address, but asks for and checks the certificate of a name."""

    def __init__(self, address: str, name: str, context: ssl.SSLContext) -> None:
        super().__init__(name, timeout=LIMIT, context=context)
        self.address = address
        self.trust = context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, 443), self.timeout)
        self.sock = self.trust.wrap_socket(plain, server_hostname=self.host)


@dataclasses.dataclass(frozen=True)
class Site:
    """One edge host's site.

    Attributes:
        host: the edge host's name in the inventory.
        address: where clients reach it.
        names: the names that its certificate is for.
        certificate: the file of certificates to trust; None for the machine's own authorities.
    """

    host: str
    address: str
    names: tuple[str, ...]
    certificate: Path | None

    def trust(self) -> ssl.SSLContext:
        """Return a context that trusts the site's certificate and nothing else, where it has one of its own."""
        return ssl.create_default_context(cafile=str(self.certificate) if self.certificate else None)

    def ask(  # noqa: PLR0913
        self,
        path: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        plain: bool = False,
        name: str | None = None,
    ) -> Answer:
        """Send one request over HTTPS, or over HTTP when it's to be `plain`; return the answer, whatever its status."""
        name = name or (self.names[0] if self.names else self.address)
        connection: http.client.HTTPConnection
        if plain:
            connection = http.client.HTTPConnection(self.address, 80, timeout=LIMIT)
        else:
            connection = _Https(self.address, name, self.trust())
        try:
            connection.request(method, path, body=body, headers={"Host": name, **(headers or {})})
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()


def sites() -> list[Site]:
    """Return the site of each edge host of the environment under test."""
    environment = environment_under_test()
    found = []
    for host in environment.of_group("edge"):
        variables = environment.hosts[host]
        own = variables.get("nginx_tls_source") == "self-signed"
        certificate = Path(variables["nginx_tls_fetch_to"]) if own else None
        found.append(Site(host, variables["ansible_host"], tuple(variables["nginx_server_names"]), certificate))
    return found
