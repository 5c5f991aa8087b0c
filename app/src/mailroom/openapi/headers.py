"""The headers of answers: the one table of those that any operation may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mailroom.openapi.schemas import Schema

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
# Those that any answer of any operation may have.
EVERYWHERE = (
    *("X-Request-ID", "X-Release"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy"),
)

HEADERS: Mapping[str, Schema] = {
    "X-Request-ID": {
        "description": "The id of this request: the one that was sent, or a new one. It stands in every log line.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        "example": "4f1d7e0c9b1f4b0e8f7a6d5c4b3a2910",
    },
    "X-Release": {"description": "The release that answered.", "required": True, "schema": _TEXT, "example": "1.4.0"},
    "RateLimit-Limit": {"description": "How many requests are let in within a window.", "schema": _COUNT},
    "RateLimit-Remaining": {"description": "How many of them are left.", "schema": _COUNT},
    "RateLimit-Reset": {"description": "After how many seconds there are more again.", "schema": _COUNT},
    "RateLimit-Policy": {"description": "Which limit counted the request, and its window.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "How to authenticate (RFC 6750).", "required": True, "schema": _TEXT},
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "required": True,
        "schema": _COUNT,
    },
}


def references(names: Iterable[str]) -> Schema:
    """Return the headers of these names, as references to the table."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def own(meanings: Mapping[str, str]) -> Schema:
    """Return headers that a good answer of one operation can have."""
    return {name: {"description": meaning, "schema": _TEXT} for name, meaning in meanings.items()}
