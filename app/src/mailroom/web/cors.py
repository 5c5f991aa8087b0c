"""Cross-origin requests (the Fetch standard, 3.3): which pages of other origins may read what the API answers."""

from __future__ import annotations

from flask import Flask, Response, request

from mailroom.web.limits import LIMIT_HEADERS

_READABLE = ", ".join(("Location", "Link", "X-Request-ID", *LIMIT_HEADERS))
_SENDABLE = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-ID"
# Two hours, more than which no browser keeps leave.
_LEAVE_SECONDS = "7200"
_API = "/api/"


def allow_origins(app: Flask, origins: frozenset[str]) -> None:
    """Let pages of exactly these origins read the API's answers. Credentials of a browser's own are never asked for."""
    if not origins:
        return

    @app.after_request
    def allow(response: Response) -> Response:
        if not request.path.startswith(_API):
            return response
        # On each answer, whichever page asked: a cache must not give one origin what another got.
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _READABLE
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
                response.headers["Access-Control-Allow-Headers"] = _SENDABLE
                response.headers["Access-Control-Max-Age"] = _LEAVE_SECONDS
        return response
