"""/api/v1/messages."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel

from mailroom.errors import MailroomError
from mailroom.idempotency.entities import Answer
from mailroom.idempotency.headers import given, request_key
from mailroom.messages import operations
from mailroom.messages.batch import Batch
from mailroom.messages.entities import Asker, Message
from mailroom.messages.queries import MessagesQuery
from mailroom.messages.schemas import NewBatch, NewMessage
from mailroom.messages.service import MessageService
from mailroom.messages.shown import ShownHistory, ShownMessage, ShownMessages, TriedMessage, TriedMessages
from mailroom.web.guard import caller_in_hand
from mailroom.web.operation import answer, operation
from mailroom.web.pages import paged


def message_routes(service: MessageService) -> Blueprint:
    """Return the routes of messages."""
    routes = Blueprint("messages", __name__, url_prefix="/api/v1")
    _add_accepting(routes, service)
    _add_reading(routes, service)
    _add_changing(routes, service)
    return routes


def _add_accepting(routes: Blueprint, service: MessageService) -> None:
    @routes.post("/messages")
    @operation(operations.ACCEPT)
    def accept_message(body: NewMessage) -> Response:
        def shown(messages: Sequence[Message]) -> Answer:
            return _tried(messages, body) if body.dry_run else _accepted(messages, body)

        caller = caller_in_hand()
        key = request_key(request, body, caller)
        return given(service.accept_all(body.drafts(), Asker(caller, g.request_id), key, shown))

    @routes.post("/batches")
    @operation(operations.ACCEPT_BATCH)
    def accept_batch(body: NewBatch) -> Response:
        batch, caller = Batch(body.messages), caller_in_hand()

        def shown(outcomes: Sequence[Message | MailroomError]) -> Answer:
            return Answer(200, _json(batch.results(outcomes)))

        key = request_key(request, body, caller)
        return given(service.accept_each(batch.drafts, Asker(caller, g.request_id), key, shown))


def _add_reading(routes: Blueprint, service: MessageService) -> None:
    @routes.get("/messages")
    @operation(operations.LIST)
    def list_messages(query: MessagesQuery) -> Response:
        page, link = paged(lambda most: service.page(query.filters(), most), query.limit, lambda one: one.id)
        return answer(ShownMessages(messages=[ShownMessage.of(one) for one in page]), headers=link)

    @routes.get("/messages/<uuid:message_id>")
    @operation(operations.SHOW)
    def show_one(message_id: UUID) -> Response:
        return answer(ShownHistory.with_events(*service.history(message_id)))


def _add_changing(routes: Blueprint, service: MessageService) -> None:
    @routes.post("/messages/<uuid:message_id>/cancel")
    @operation(operations.CANCEL)
    def cancel(message_id: UUID) -> Response:
        return answer(ShownMessage.of(service.cancel(message_id)))

    @routes.post("/messages/<uuid:message_id>/retry")
    @operation(operations.RETRY)
    def retry(message_id: UUID) -> Response:
        return answer(ShownMessage.of(service.retry(message_id, g.request_id)))


def _accepted(messages: Sequence[Message], body: NewMessage) -> Answer:
    shown = [ShownMessage.of(one) for one in messages]
    if isinstance(body.to, list):
        return Answer(202, _json(ShownMessages(messages=shown)))
    return Answer(202, _json(shown[0]), url_for("messages.show_one", message_id=shown[0].id))


def _tried(messages: Sequence[Message], body: NewMessage) -> Answer:
    tried = [TriedMessage.of(one) for one in messages]
    return Answer(200, _json(TriedMessages(messages=tried) if isinstance(body.to, list) else tried[0]))


def _json(shape: BaseModel) -> str:
    return shape.model_dump_json(by_alias=True)
