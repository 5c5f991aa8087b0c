"""What the operations on messages are."""

from __future__ import annotations

from mailroom.access.permissions import Permission
from mailroom.idempotency.headers import ASKED_HEADERS, REPLAYED_HEADERS
from mailroom.messages.queries import MessagesQuery
from mailroom.messages.schemas import NewBatch, NewMessage
from mailroom.messages.shown import Accepted, BatchResults, ShownHistory, ShownMessage, ShownMessages, Tried
from mailroom.web.operation import Limit, Operation
from mailroom.web.pages import NEXT_PAGE

_TAG = "Messages"
_MISSING = {404: "There is no message of this id."}
_REUSED = "The Idempotency-Key came with another body before"
_TEXT = {"to": "ann@example.com", "subject": "Your order", "text": "It is on its way."}
_TEMPLATE = {
    "to": ["ann@example.com", "bob@example.com"],
    "template": {"name": "order-sent", "variables": {"number": 7, "name": "friend"}},
    "tags": ["orders"],
    "unsubscribable": True,
}
_ALL = {
    **_TEXT,
    "html": "<p>It is on its way.</p>",
    "from": "shop@example.com",
    "headers": {"Reply-To": "help@example.com", "X-Order": "7"},
    "attachments": [{"filename": "order.txt", "content_type": "text/plain", "content": "U2V2ZW4gYXBwbGVzLg=="}],
}

ACCEPT = Operation(
    summary="Accept a message for delivery, or one for each of some people",
    tag=_TAG,
    needs=Permission.MESSAGES_SEND,
    limit=Limit.WRITES,
    body=NewMessage,
    answers={202: Accepted, 200: Tried},
    problems={409: f"{_REUSED}; or the same mail was accepted for this person a short while ago."},
    headers={"Location": "Where the message is shown, if it is one.", **REPLAYED_HEADERS},
    asked_headers=ASKED_HEADERS,
    examples={"text": _TEXT, "from a template": _TEMPLATE, "all": _ALL},
)
ACCEPT_BATCH = Operation(
    summary="Accept up to 500 messages, each answered on its own",
    tag=_TAG,
    needs=Permission.MESSAGES_SEND,
    limit=Limit.WRITES,
    body=NewBatch,
    answers={200: BatchResults},
    problems={409: f"{_REUSED}."},
    headers=REPLAYED_HEADERS,
    asked_headers=ASKED_HEADERS,
    examples={"two": {"messages": [_TEXT, {**_TEXT, "to": "bob@example.com"}]}},
)
LIST = Operation(
    summary="List messages, newest first",
    tag=_TAG,
    needs=Permission.MESSAGES_READ,
    limit=Limit.READS,
    query=MessagesQuery,
    answers={200: ShownMessages},
    headers=NEXT_PAGE,
)
SHOW = Operation(
    summary="Tell where a message stands, and what happened to it",
    tag=_TAG,
    needs=Permission.MESSAGES_READ,
    limit=Limit.READS,
    answers={200: ShownHistory},
    problems=_MISSING,
)
CANCEL = Operation(
    summary="Keep a message that waits from being sent",
    tag=_TAG,
    needs=Permission.MESSAGES_MANAGE,
    limit=Limit.WRITES,
    answers={200: ShownMessage},
    problems={**_MISSING, 409: "The message doesn't wait any more."},
)
RETRY = Operation(
    summary="Queue a failed message again",
    tag=_TAG,
    needs=Permission.MESSAGES_MANAGE,
    limit=Limit.WRITES,
    answers={200: ShownMessage},
    problems={**_MISSING, 409: "The message has not failed, or its bodies were removed."},
)
