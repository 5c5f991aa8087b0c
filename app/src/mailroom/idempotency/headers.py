"""The Idempotency-Key header, and what an answer says of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from flask import Request, Response
from pydantic import BaseModel

from mailroom.access.caller import Caller
from mailroom.errors import FieldError, InvalidRequest
from mailroom.idempotency.entities import Answer, RequestKey
from mailroom.web.operation import AskedHeader

_HEADER = "Idempotency-Key"
_PATTERN = "^[!-~]{1,255}$"
_KEY = re.compile(_PATTERN)
# For the declaration of operations that take it.
ASKED_HEADERS: Mapping[str, AskedHeader] = {
    _HEADER: AskedHeader(
        "1 to 255 visible ASCII characters: the same key and body get the same answer for 24 hours.", _PATTERN
    ),
}
REPLAYED_HEADERS: Mapping[str, str] = {"Idempotent-Replayed": "true where the answer is that of an earlier request."}


def request_key(incoming: Request, body: BaseModel, caller: Caller) -> RequestKey | None:
    """Return which request this is by its key; None where it has none. Raises InvalidRequest.

    What is asked is compared by its meaning: the order of names and the space between them don't count.
    """
    key = incoming.headers.get(_HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest([FieldError("This must be 1 to 255 visible ASCII characters.", parameter=_HEADER)])
    asked = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    words = f"{incoming.method} {incoming.path}\n{json.dumps(asked, sort_keys=True)}"
    return RequestKey(caller.reference, key, hashlib.sha256(words.encode("utf-8")).digest())


def given(answer: Answer) -> Response:
    """Return an answer as HTTP."""
    headers = {} if answer.location is None else {"Location": answer.location}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, content_type="application/json")
