"""Problem documents (RFC 9457): the one place where errors become HTTP."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from mailroom.errors import (
    InvalidMessage,
    MailroomError,
    MessageNotFound,
    NotAuthenticated,
    StorageUnavailable,
    UnreadableBody,
)

logger = logging.getLogger(__name__)

_TYPE = "urn:mailroom:problem:"
_RETRY_SECONDS = "5"
# RFC 9110's names, which Python's own list took over at different times.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
# werkzeug's words for these speak to a browser's user; ours to the one who wrote the client.
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address doesn't take this method.",
    413: "The body is larger than this service accepts.",
}


def problem(status: int, name: str, detail: str, headers: dict[str, str] | None = None, **members: object) -> Response:
    """Return a problem document of the type `name`, with extension members."""
    body: dict[str, Any] = {
        "type": _TYPE + name,
        "title": _title(status),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": g.get("request_id"),
        **members,
    }
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def register_problems(app: Flask) -> None:
    """Answer every error of the app with a problem document."""
    app.register_error_handler(MailroomError, _mailroom_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)


def _mailroom_error(error: MailroomError) -> Response:
    match error:
        case InvalidMessage():
            errors = [{"pointer": one.pointer, "detail": one.detail} for one in error.errors]
            return problem(422, "invalid-message", "The message can't be accepted: see errors.", errors=errors)
        case UnreadableBody():
            return problem(400, "unreadable-body", str(error))
        case NotAuthenticated():
            return problem(401, "not-authenticated", str(error), {"WWW-Authenticate": 'Bearer realm="mailroom"'})
        case MessageNotFound():
            return problem(404, "message-not-found", "There is no message of this id.")
        case StorageUnavailable():
            logger.error("storage is unavailable", extra={"error": str(error)})
            detail = "The service can't reach its storage. Nothing was stored: try again."
            return problem(503, "storage-unavailable", detail, {"Retry-After": _RETRY_SECONDS})
        case _:
            return _unexpected_error(error)


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
    return problem(status, name, _DETAILS.get(status) or error.description or "", headers)


def _unexpected_error(error: Exception) -> Response:
    logger.error("an unexpected error", exc_info=error)
    return problem(500, "internal-error", "Something broke here. Quote the request_id when you report it.")
