"""What an operation of the API is: declared once, beside its view; checked, documented and limited by that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from typing import Any

from flask import Response, request
from pydantic import BaseModel
from werkzeug.exceptions import NotFound

from mailroom.access.permissions import Permission
from mailroom.ratelimits.entities import Limit
from mailroom.web.bodies import json_body
from mailroom.web.shapes import Asked, AskedQuery, read_body, read_query
from mailroom.web.texts import complaint

__all__ = ["Access", "Limit", "Operation", "View", "answer", "operation", "operation_of"]


class Access(Enum):
    """Who may ask for an operation that needs no permission."""

    ANYONE = "anyone"
    KNOWN = "anyone with a credential"


@dataclass(frozen=True, slots=True)
class AskedHeader:
    """A header that an operation reads: what it means, and the pattern (ECMA 262) of the values it takes."""

    meaning: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        summary: what it does, in a few words.
        tag: the group in which it is documented.
        needs: the permission, or who may ask without one.
        limit: the rate limit that counts it.
        body: the shape of what is asked, where there is a body.
        body_types: the content types in which that JSON may come.
        query: the shape of the query, where there is one.
        answers: the shape of each good answer by its status; None is an empty one.
        problems: the statuses of its own problem documents, with the reason; those that every operation may have
            (400, 401, 403, 413, 415, 422, 429, 503) are added where they can be.
        headers: what headers a good answer has, with their meaning.
        asked_headers: which headers it reads, with their meaning; none of them must be sent.
        examples: bodies that work, by name.

    """

    summary: str
    tag: str
    needs: Permission | Access
    limit: Limit
    body: type[Asked] | None = None
    body_types: Sequence[str] = ("application/json",)
    query: type[AskedQuery] | None = None
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    asked_headers: Mapping[str, str | AskedHeader] = field(default_factory=dict)
    examples: Mapping[str, dict[str, Any]] = field(default_factory=dict)


View = Callable[..., Response]


def operation(declared: Operation) -> Callable[[View], View]:
    """Make a view an operation: it is called with `body` and `query`, read and checked, where these are declared."""

    def declare(view: View) -> View:
        @wraps(view)
        def ask(**path: Any) -> Response:  # noqa: ANN401 - whatever the rule's converters make
            if any(isinstance(part, str) and complaint(part) for part in path.values()):
                raise NotFound  # nothing can have been stored under such a name
            asked: dict[str, BaseModel] = {}
            if declared.query is not None:
                asked["query"] = read_query(declared.query, request.args)
            if declared.body is not None:
                asked["body"] = read_body(declared.body, json_body(request, declared.body_types))
            return view(**path, **asked)

        vars(ask)["operation"] = declared
        return ask

    return declare


def operation_of(view: object) -> Operation | None:
    """Return what a view is declared to be; None for one that is no operation of the API, such as a health check."""
    declared = vars(view).get("operation") if callable(view) else None
    return declared if isinstance(declared, Operation) else None


def answer(shape: BaseModel | None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a good answer: a shape as JSON, or nothing."""
    body = "" if shape is None else shape.model_dump_json(by_alias=True)
    return Response(body, status, dict(headers or {}), content_type="application/json" if body else None)
