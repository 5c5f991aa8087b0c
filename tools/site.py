"""The site as a client sees it: over HTTPS, its certificate checked against the one that the converge fetched."""

from __future__ import annotations

import dataclasses
import http.client
import json
import ssl
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

LIMIT = 10.0  # seconds that an answer may take


class SiteError(Exception):
    """The site didn't do what it should. The message says what it did."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the site answered. `body` is the parsed JSON, or None where it has none."""

    status: int
    release: str | None
    body: Any


@dataclasses.dataclass(frozen=True)
class Client:
    """Asks one server over HTTPS.

    Attributes:
        base: the URL without a path, as in https://192.168.56.10.
        certificate: the file of certificates to trust.
        key: the API key, or None.
    """

    base: str
    certificate: Path
    key: str | None = None

    def ask(self, path: str, body: object = None) -> Answer:
        """GET a path, or POST a body as JSON to it.

        Raises:
            SiteError: no answer, or a certificate that can't be trusted.
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = None if body is None else json.dumps(body)
        address = urlsplit(self.base)
        connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=LIMIT, context=self._trust()
        )
        try:
            connection.request("GET" if data is None else "POST", path, data, headers)
            reply = connection.getresponse()
            return _answer(reply.status, reply.headers.get("X-Release"), reply.read())
        except (OSError, http.client.HTTPException) as error:
            raise SiteError(f"{self.base}{path}: {error}") from error
        finally:
            connection.close()

    def _trust(self) -> ssl.SSLContext:
        if not self.certificate.is_file():
            raise SiteError(f"{self.certificate} isn't there; converge the environment first")
        return ssl.create_default_context(cafile=str(self.certificate))


def _answer(status: int, release: str | None, raw: bytes) -> Answer:
    try:
        return Answer(status, release, json.loads(raw))
    except ValueError:
        return Answer(status, release, None)


def deliver(site: Client, outside: Client, subject: str, recipient: str, limit: float = 60) -> dict[str, Any]:
    """Post a message and wait until the simulated SES has received it; return what SES received.

    Args:
        site: the site, with an API key.
        outside: the simulated AWS.
        subject: its subject, by which it's found again: make it unique.
        recipient: its recipient.
        limit: seconds to wait at most.

    Raises:
        SiteError: the message wasn't accepted, or didn't arrive in time; it says in which state it was last.
    """
    accepted = site.ask("/api/v1/messages", {"to": recipient, "subject": subject, "text": "It works."})
    if accepted.status != HTTPStatus.ACCEPTED:
        raise SiteError(f"the message wasn't accepted: {accepted.status} {accepted.body}")
    until = time.monotonic() + limit
    while time.monotonic() < until:
        for received in outside.ask(f"/_slipway/ses/messages?{urlencode({'to': recipient})}").body or []:
            if received["subject"] == subject:
                return dict(received)
        time.sleep(0.2)
    state = site.ask(f"/api/v1/messages/{accepted.body['id']}").body
    raise SiteError(f"the message didn't reach SES within {limit:.0f} s; it's {state}")
