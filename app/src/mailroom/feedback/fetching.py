"""Getting something small by https: no redirects, no proxy, no longer than a few seconds."""

from __future__ import annotations

import http.client
import ssl
import time
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from mailroom.feedback.places import Place

_SECONDS = 4.0
_MOST_BYTES = 64 * 1024
_CHUNK_BYTES = 8 * 1024


class Unreachable(Exception):
    """The other side didn't answer, or not in time, or said that it can't. Asking again may help."""


class NotThere(Exception):
    """The other side answered with something else than what was asked for."""


class Fetch(Protocol):
    """Gets what lies at a place."""

    def get(self, place: Place) -> bytes:
        """Return what lies there. Raises Unreachable, NotThere."""


class HttpsFetch:
    """Asks by https, with the other side's name checked against the system's authorities or those of a PEM file."""

    def __init__(self, authority: Path | None = None, seconds: float = _SECONDS) -> None:
        self._authority = authority
        self._seconds = seconds

    def get(self, place: Place) -> bytes:
        """Return what lies there, 64 KiB at most. Raises Unreachable, NotThere."""
        try:
            # Made anew each time: it is needed once a day, and holds some hundred authorities.
            context = ssl.create_default_context(cafile=self._authority)
            connection = http.client.HTTPSConnection(place.host, place.port, timeout=self._seconds, context=context)
            try:
                connection.request("GET", place.target, headers={"Accept": "*/*", "Connection": "close"})
                answer = connection.getresponse()
                body = self._read(answer)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{place.host} could not be asked: {type(error).__name__}") from error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(f"{place.host} answered {answer.status}")
        if answer.status != HTTPStatus.OK:
            raise NotThere(f"{place.host} answered {answer.status}")
        return body

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        deadline = time.monotonic() + self._seconds
        body = b""
        while chunk := answer.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise NotThere(f"the answer has more than {_MOST_BYTES} bytes")
            # The timeout of the connection is for each of its steps: one byte at a time could take for ever.
            if time.monotonic() > deadline:
                raise Unreachable(f"the answer took more than {self._seconds:g} s")
        if answer.length:
            raise Unreachable("the answer was cut off")
        return body
