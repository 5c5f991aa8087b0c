"""What is to be sent, where, how often, and what a right answer looks like."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HTTPS = 443
OURS = {"host", "x-request-id", "connection", "content-length", "transfer-encoding"}
LEAST_SECRET = 6  # characters; less would blot out ordinary words


class WishError(Exception):
    """The wish can't be carried out. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request in the mix; headers and body may carry secrets and are in no repr."""

    name: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: str | None = field(default=None, repr=False)
    expect: frozenset[int] = frozenset({200})
    has_headers: tuple[str, ...] = ()
    body_has: Mapping[str, Any] = field(default_factory=dict)
    body_contains: str = ""
    weight: int = 1

    @classmethod
    def of(cls, asked: dict[str, Any], secrets: Mapping[str, str]) -> "Request":
        """Return the request that a dictionary describes. Raises WishError."""
        method, path = str(asked.get("method") or "GET").upper(), str(asked["path"])
        name = str(asked.get("name") or f"{method} {path}")
        if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
            raise WishError(f"the path {path!r} of a request must start with / and be escaped")
        headers = {**(asked.get("headers") or {}), **secrets}
        body = asked.get("body")
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
            headers = {"Content-Type": "application/json", **headers}
        for header, value in headers.items():
            if header.lower() in OURS:
                raise WishError(f"{name}: the probe sets the header {header} itself")
            if not (str(value) + header).isprintable():
                raise WishError(f"{name}: the header {header} has a line break or another control character")
        weight = int(asked.get("weight") or 1)
        if weight < 1:
            raise WishError(f"{name}: weight is {weight}; it must be at least 1")
        return cls(
            name=name,
            method=method,
            path=path,
            headers=tuple((header, str(value)) for header, value in headers.items()),
            body=body,
            expect=frozenset(asked.get("expect") or [200]),
            has_headers=tuple(asked.get("has_headers") or ()),
            body_has=asked.get("body_has") or {},
            body_contains=asked.get("body_contains") or "",
            weight=weight,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """All of it. Times are seconds, `rate` is requests a second, `fresh` the share of them on own connections."""

    app: str
    id: str
    name: str
    port: int
    address: str
    rate: float
    fresh: float
    connections: int
    timeout: float
    limit: float
    requests: tuple[Request, ...]
    version_header: str = "x-release"
    ca: str | None = field(default=None, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def read(cls, path: Path) -> "Wish":
        """Return the wish that a JSON file holds. Raises WishError, OSError."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, asked: dict[str, Any]) -> "Wish":
        """Return the wish that a dictionary describes. Raises WishError."""
        name, port = _place(asked["url"])
        secrets = {str(header): str(value) for header, value in (asked.get("secrets") or {}).items()}
        requests = tuple(Request.of(request, secrets) for request in asked["requests"])
        if not requests:
            raise WishError("there is no request to send; give at least one")
        for option, least, most in (("rate", 0.1, 500), ("timeout", 0.1, 60), ("connections", 1, 100), ("fresh", 0, 1)):
            if not least <= asked[option] <= most:
                raise WishError(f"{option} is {asked[option]}; it may be {least} to {most}")
        return cls(
            app=asked["app"],
            id=asked["id"],
            name=name,
            port=port,
            address=asked.get("address") or name,
            rate=asked["rate"],
            fresh=asked["fresh"],
            connections=asked["connections"],
            timeout=asked["timeout"],
            limit=asked["limit"],
            requests=requests,
            version_header=str(asked.get("version_header", "x-release")).lower(),
            ca=asked.get("ca") or None,
            secrets=frozenset(word for value in secrets.values() for word in [value, *value.split()]),
        )

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return host if self.port == HTTPS else f"{host}:{self.port}"

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts `ca` alone, or the system's store without one. Raises WishError."""
        try:
            context = ssl.create_default_context(cadata=self.ca)
        except (ssl.SSLError, ValueError) as error:
            raise WishError(f"ca holds no certificate that can be used: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Python alone refuses, from 3.13 on, a certificate without key identifiers; the site's clients take it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def masked(self, text: str) -> str:
        """Return the text without the secrets that an answer may have repeated."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            if len(secret) >= LEAST_SECRET:
                text = text.replace(secret, "***")
        return text


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port or HTTPS
    except ValueError as error:
        raise WishError(f"the URL is {url!r}: {error}") from error
    if parts.scheme != "https" or not name or parts.path not in {"", "/"} or parts.query or parts.username:
        raise WishError(f"the URL is {url!r}; it must be https://NAME or https://NAME:PORT and end there")
    return name, port
