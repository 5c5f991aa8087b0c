"""Problem documents (RFC 9457): the one place where errors become HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from mailroom.errors import (
    Conflict,
    InvalidRequest,
    IssuerUnavailable,
    LimitExceeded,
    MailroomError,
    NotAuthenticated,
    NotFound,
    NoticeRefused,
    NotYet,
    PermissionDenied,
    StorageUnavailable,
    SwitchedOff,
    UnreadableBody,
)

logger = logging.getLogger(__name__)

_TYPE = "urn:mailroom:problem:"
_RETRY_SECONDS = "5"
# RFC 9110's names, which Python's own list took over at different times.
_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
# werkzeug's words for these speak to a browser's user; ours to the one who wrote the client.
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address doesn't take this method.",
    413: "The body is larger than this service accepts.",
    414: "The query is longer than this service accepts.",
    421: "The API isn't known by the name that this request is for.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document to be: its type by name, and members of its own beside those that each has."""

    status: int
    name: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the document for the request in hand."""
        return {
            "type": _TYPE + self.name,
            "title": _title(self.status),
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
            "request_id": g.get("request_id"),
            **self.members,
        }

    def response(self) -> Response:
        """Return the answer to the request in hand."""
        return Response(
            json.dumps(self.document()), self.status, dict(self.headers), content_type="application/problem+json"
        )


_UNEXPECTED = Problem(500, "internal-error", "Something broke here. Quote the request_id when you report it.")
# Any: each function takes the error of its own kind.
_OF: Mapping[type[MailroomError], Callable[[Any], Problem]] = {
    InvalidRequest: lambda error: Problem(
        422,
        "invalid-request",
        "The request can't be accepted: see errors.",
        members={"errors": [one.shown() for one in error.errors]},
    ),
    UnreadableBody: lambda error: Problem(400, "unreadable-body", str(error)),
    NotAuthenticated: lambda error: Problem(
        401, "not-authenticated", str(error), {"WWW-Authenticate": 'Bearer realm="mailroom"'}
    ),
    PermissionDenied: lambda error: Problem(
        403,
        "permission-denied",
        str(error),
        {"WWW-Authenticate": f'Bearer realm="mailroom", error="insufficient_scope", scope="{error.permission}"'},
        {"permission": error.permission},
    ),
    NotFound: lambda error: Problem(404, f"{error.kind}-not-found", str(error)),
    Conflict: lambda error: Problem(409, error.name, str(error), members=error.members),
    SwitchedOff: lambda error: Problem(404, "switched-off", str(error)),
    NoticeRefused: lambda error: Problem(403, "notice-refused", str(error)),
    NotYet: lambda error: Problem(503, "not-yet", str(error), {"Retry-After": _RETRY_SECONDS}),
    LimitExceeded: lambda error: Problem(
        429,
        "limit-exceeded",
        str(error),
        {"Retry-After": str(error.retry_after)},
        {"limit": error.limit} if error.limit else {},
    ),
    IssuerUnavailable: lambda _: Problem(
        503,
        "issuer-unavailable",
        "The issuer of this token can't be asked for its keys. Nothing was done: try again.",
        {"Retry-After": _RETRY_SECONDS},
    ),
    StorageUnavailable: lambda _: Problem(
        503,
        "storage-unavailable",
        "The service can't reach its storage. Nothing was stored: try again.",
        {"Retry-After": _RETRY_SECONDS},
    ),
}


def register_problems(app: Flask) -> None:
    """Answer every error of the app with a problem document."""
    app.register_error_handler(MailroomError, _mailroom_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)


def problem_of(error: MailroomError) -> Problem:
    """Return what a caller is told of an error."""
    made = _OF.get(type(error))
    return made(error) if made else _UNEXPECTED


def _mailroom_error(error: MailroomError) -> Response:
    if type(error) not in _OF:
        return _unexpected_error(error)
    if isinstance(error, StorageUnavailable):
        logger.error("storage is unavailable", extra={"error": str(error)})
    return problem_of(error).response()


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return Response(status=status, headers=error.get_headers())
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after", "www-authenticate"}
    }
    name = _title(status).lower().replace(" ", "-").replace("'", "")
    return Problem(status, name, _DETAILS.get(status) or error.description or "", headers).response()


def note_unexpected(error: Exception) -> None:
    """Log an error that nobody expected, and have it counted with the request that met it."""
    logger.error("an unexpected error", exc_info=error)
    g.unexpected = True


def _unexpected_error(error: Exception) -> Response:
    note_unexpected(error)
    return _UNEXPECTED.response()
