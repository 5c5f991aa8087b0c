"""The webhook sink: keeps what Alertmanager posts, and shows it."""

import json
from collections import deque
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT = 10_000


def application() -> WSGIApplication:
    """Return the sink: POST /alerts keeps a body, GET /alerts lists the bodies as JSON, DELETE /alerts forgets them."""
    kept: deque[Any] = deque(maxlen=_KEPT)

    def serve(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if environ["PATH_INFO"].rstrip("/") != "/alerts" or method not in {"GET", "POST", "DELETE"}:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"GET, POST or DELETE /alerts\n"]
        if method == "POST":
            kept.append(_body(environ))
        if method == "DELETE":
            kept.clear()
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(list(kept) if method == "GET" else {"kept": len(kept)}).encode()]

    return serve


def _body(environ: WSGIEnvironment) -> object:
    """Return the request's body: what its JSON says, or the text when it is none."""
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode(errors="replace")
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return data
