"""/api/v1/messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn
from uuid import UUID

from flask import Blueprint, Request, Response, g, jsonify, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from mailroom.errors import UnreadableBody
from mailroom.keys.entities import ApiKey
from mailroom.messages.schemas import read_draft, show_message, show_tried
from mailroom.messages.service import MessageService


def message_routes(service: MessageService, authenticated: Callable[[Request], ApiKey]) -> Blueprint:
    """Return the routes of messages. Every one of them needs an API key."""
    routes = Blueprint("messages", __name__, url_prefix="/api/v1/messages")

    @routes.before_request
    def identify_caller() -> None:
        g.api_key = authenticated(request)

    @routes.post("")
    def accept_message() -> tuple[Response, int, dict[str, str]]:
        draft = read_draft(_json_body(request))
        if draft.dry_run:
            return jsonify(show_tried(service.try_out(draft, g.api_key.id, g.request_id))), 200, {}
        message = service.accept(draft, g.api_key.id, g.request_id)
        location = url_for("messages.show_one", message_id=message.id)
        return jsonify(show_message(message)), 202, {"Location": location}

    @routes.get("/<uuid:message_id>")
    def show_one(message_id: UUID) -> Response:
        return jsonify(show_message(service.show(message_id)))

    return routes


def _json_body(incoming: Request) -> object:
    if incoming.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be of the type application/json.")
    try:
        text = _whole_body(incoming).decode("utf-8")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"The body is not JSON in UTF-8: {_reason(error)}.") from None


def _whole_body(incoming: Request) -> bytes:
    body = incoming.get_data(cache=False)
    limit = incoming.max_content_length
    # A body in chunks states no length, and werkzeug cuts it at the limit without a word.
    if incoming.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} can't be decoded"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
