"""The shapes of what callers write and read, and telling them what is wrong with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.datastructures import MultiDict

from mailroom.errors import FieldError, InvalidRequest
from mailroom.pointers import pointer
from mailroom.web.texts import Location, complaint, complaints

_ERRORS_SHOWN = 20
_NAME_SHOWN = 64
_WORDS = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known.",
    "string_type": "This must be a string.",
    "string_unicode": "This must be Unicode text without lone surrogates.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be an array.",
    "dict_type": "This must be an object.",
    "int_type": "This must be a whole number.",
}


class Asked(BaseModel):
    """The body of a request. Unknown fields are refused: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    # Fields whose items are read one by one later, so that what is wrong with one is no matter of the others.
    READ_APART: ClassVar[frozenset[str]] = frozenset()


class AskedQuery(BaseModel):
    """The query of a request: words, read as what they stand for. A name that isn't known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What a caller gets to read."""

    # What has a default is shown all the same, so that a reader may count on it.
    model_config = ConfigDict(frozen=True, populate_by_name=True, json_schema_serialization_defaults_required=True)


A = TypeVar("A", bound=Asked)
Q = TypeVar("Q", bound=AskedQuery)


def read_body(shape: type[A], body: object) -> A:
    """Return the JSON of a request in its shape. Raises InvalidRequest that names every wrong field.

    No text in it, wherever it stands, has what can't be stored (`texts`), but in what is read apart.
    """
    here = {name: value for name, value in body.items() if _is_read(shape, name)} if isinstance(body, dict) else body
    wrong: dict[Location, str] = dict(islice(complaints(here), _ERRORS_SHOWN))
    read: A | None = None
    try:
        read = shape.model_validate(body)
    except ValidationError as error:
        wrong = {item["loc"]: _detail(item) for item in _found(error)} | wrong
    if wrong or read is None:
        raise InvalidRequest([FieldError(detail, pointer=pointer(*location)) for location, detail in wrong.items()])
    return read


def read_query(shape: type[Q], query: MultiDict[str, str]) -> Q:
    """Return the query of a request in its shape. Raises InvalidRequest that names every wrong parameter."""
    repeated = [name for name, values in query.lists() if len(values) > 1 and not _takes_many(shape, name)]
    if repeated:
        raise InvalidRequest(
            [FieldError("This may stand only once.", parameter=name[:_NAME_SHOWN]) for name in repeated]
        )
    unfit = {name: reason for name, value in query.items(multi=True) if (reason := complaint(name + value))}
    if unfit:
        raise InvalidRequest([FieldError(reason, parameter=name[:_NAME_SHOWN]) for name, reason in unfit.items()])
    words: Mapping[str, Any] = {
        name: values if _takes_many(shape, name) else values[0] for name, values in query.lists()
    }
    try:
        return shape.model_validate(words)
    except ValidationError as error:
        raise InvalidRequest(
            [FieldError(_detail(item), parameter=str(item["loc"][0])[:_NAME_SHOWN]) for item in _found(error)]
        ) from None


def _is_read(shape: type[Asked], name: object) -> bool:
    known = shape.model_config.get("extra") != "ignore" or name in {
        field.alias or own for own, field in shape.model_fields.items()
    }
    return known and name not in shape.READ_APART


def _takes_many(shape: type[BaseModel], name: str) -> bool:
    field = shape.model_fields.get(name)
    return field is not None and get_origin(field.annotation) in {list, tuple}


def _found(error: ValidationError) -> list[dict[str, Any]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [dict(item) for item in found[:_ERRORS_SHOWN]]


def _detail(item: dict[str, Any]) -> str:
    return _WORDS.get(item["type"]) or item["msg"].removeprefix("Value error, ").rstrip(".") + "."
