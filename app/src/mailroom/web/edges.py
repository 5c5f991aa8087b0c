"""What a request must be before it is read, and what every answer has."""

from __future__ import annotations

import re

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, MisdirectedRequest, RequestURITooLarge

# gunicorn takes a request line of 4,094 bytes; this leaves room for the path, and its refusal is no problem document.
_QUERY_BYTES = 3072
_PARAMETERS = 64
# No form has more than a click on "unsubscribe" in it.
_FORM_BYTES = 16 * 1024
_FORM_PARTS = 16
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?((?::[0-9]{1,5})?)")
_HEALTH = "health"


def limit_sizes(app: Flask, max_body_bytes: int) -> None:
    """Refuse bodies, forms and queries that are larger than any that is meant."""
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_PARTS"] = _FORM_PARTS

    @app.before_request
    def measure() -> None:
        # Of a form without parts werkzeug would take all that a body may have.
        if request.mimetype in _FORMS:
            request.max_content_length = min(_FORM_BYTES, max_body_bytes)
        if len(request.query_string) > _QUERY_BYTES or request.query_string.count(b"&") >= _PARAMETERS:
            raise RequestURITooLarge


def check_host(app: Flask, hosts: frozenset[str]) -> None:
    """Refuse requests that are for a name which isn't among these; without any, all names are good.

    Health is asked by the host itself, on the slot's own socket, whatever name the API has.
    """
    if not hosts:
        return

    @app.before_request
    def check() -> None:
        if request.blueprint == _HEALTH:
            return
        asked = _HOST.fullmatch(request.headers.get("Host", "").lower())
        if asked is None:
            raise BadRequest("The Host header is missing, or isn't a name or an address.")
        if asked[1] not in hosts and asked[1] + asked[2] not in hosts:
            raise MisdirectedRequest


def protect_answers(app: Flask) -> None:
    """Have no browser guess a type, and no cache keep what may be personal unless a view says that it isn't."""

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        return response
