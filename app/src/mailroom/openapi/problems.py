"""Which problem documents an operation can answer with, by what it is declared to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from mailroom.access.permissions import Permission
from mailroom.openapi.headers import EVERYWHERE, references
from mailroom.openapi.schemas import Schema
from mailroom.web.operation import Access, Operation

MEDIA_TYPE = "application/problem+json"


_TEXT: Schema = {"type": "string"}
# Written by hand: what `web.problems` makes has members that are there or not, which no shape says as plainly.
PROBLEM: Schema = {
    "type": "object",
    "description": "What is wrong (RFC 9457). There may be members beside these that go with its type.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Its kind: `urn:mailroom:problem:` and a name.",
        },
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong and what to do about it, for people."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": _TEXT,
        "permission": {"type": "string", "description": "The permission that is lacking."},
        "errors": {
            "type": "array",
            "description": "All that is wrong with the body or the query.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": _TEXT,
                    "pointer": {
                        "type": "string",
                        "description": "Where in the body: a JSON pointer.",
                    },
                    "parameter": {"type": "string", "description": "Which parameter of the query."},
                },
            },
        },
    },
    "examples": [
        {
            "type": "urn:mailroom:problem:invalid-request",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "The request can't be accepted: see errors.",
            "instance": "/api/v1/messages",
            "request_id": "4f1d7e0c9b1f4b0e8f7a6d5c4b3a2910",
            "errors": [{"pointer": "#/subject", "detail": "This must not be blank."}],
        }
    ],
}


@dataclass(frozen=True, slots=True)
class _Common:
    """A problem that many operations can have. `name` is that of its component."""

    name: str
    description: str
    headers: tuple[str, ...] = ()


_COMMON: Mapping[int, _Common] = {
    400: _Common("UnreadableBody", "The body is not JSON in UTF-8."),
    401: _Common("NotAuthenticated", "There is no credential, or none that is good.", ("WWW-Authenticate",)),
    403: _Common("PermissionDenied", "The caller lacks a permission; `permission` names it.", ("WWW-Authenticate",)),
    404: _Common("NotFound", "There is nothing at this address."),
    413: _Common("ContentTooLarge", "The body is larger than this service accepts."),
    414: _Common("URITooLong", "The query is longer than this service accepts, or has more parameters."),
    415: _Common("UnsupportedMediaType", "The body is of another type."),
    422: _Common("InvalidRequest", "The body or the query can't be accepted: `errors` names all that is wrong."),
    429: _Common("LimitExceeded", "Too many requests of this caller, or from its address.", ("Retry-After",)),
    503: _Common("StorageUnavailable", "The storage is out of reach. Nothing was stored: try again.", ("Retry-After",)),
}


def common_responses() -> Schema:
    """Return the problems that many operations can have, as components by name."""
    return {common.name: _response(common) for common in _COMMON.values()}


def problem_responses(declared: Operation, path: list[Schema]) -> Schema:
    """Return the problems of one operation, by status."""
    found = {status: {"$ref": f"#/components/responses/{_COMMON[status].name}"} for status in _expected(declared, path)}
    for status, reason in declared.problems.items():
        common = _COMMON.get(status, _Common("", HTTPStatus(status).phrase))
        found[status] = _response(_Common("", reason, common.headers if status in found else ()))
    return {str(status): response for status, response in sorted(found.items())}


def _expected(declared: Operation, path: list[Schema]) -> set[int]:
    found = {429, 503}
    if declared.needs is not Access.ANYONE:
        found.add(401)
    if isinstance(declared.needs, Permission):
        found.add(403)
    if path:
        found.add(404)
    if declared.body is not None:
        found |= {400, 413, 415, 422}
    if declared.query is not None:
        found |= {414, 422}
    return found


def _response(common: _Common) -> Schema:
    return {
        "description": common.description,
        "headers": references([*EVERYWHERE, *common.headers]),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
