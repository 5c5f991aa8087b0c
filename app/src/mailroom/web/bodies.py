"""Reading the JSON of a request, as strictly as RFC 8259 allows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import NoReturn

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from mailroom.errors import UnreadableBody

_NUMBER_SHOWN = 32


def json_body(incoming: Request, types: Sequence[str] = ("application/json",)) -> object:
    """Return the body, of one of these types, as JSON.

    Raises UnreadableBody, UnsupportedMediaType, RequestEntityTooLarge.
    """
    if incoming.mimetype not in types:
        raise UnsupportedMediaType(f"The body must be of the type {' or '.join(types)}.")
    try:
        text = whole_body(incoming).decode("utf-8")
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_repeats
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"The body is not JSON in UTF-8: {_reason(error)}.") from None


def whole_body(incoming: Request) -> bytes:
    """Return all bytes of the body. Raises RequestEntityTooLarge."""
    body = incoming.get_data(cache=False)
    limit = incoming.max_content_length
    # A body in chunks states no length, and werkzeug cuts it at the limit without a word.
    if incoming.content_length is None and limit is not None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _finite(number: str) -> float:
    if math.isinf(found := float(number)):
        raise ValueError(f"{number[:_NUMBER_SHOWN]} is too large a number")
    return found


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
