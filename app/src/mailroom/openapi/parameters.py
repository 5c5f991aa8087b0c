"""What is asked for beside the body, as OpenAPI's parameters: in the path, the query and the headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import AnyConverter, BaseConverter, FloatConverter, IntegerConverter, Map, UUIDConverter
from werkzeug.routing.rules import parse_converter_args

from mailroom.openapi.schemas import Schema
from mailroom.web.operation import AskedHeader

_PART = re.compile(r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<name>[a-zA-Z_]\w*)>")
_NULL = {"type": "null"}


def template_of(rule: str) -> str:
    """Return the path of a rule as OpenAPI writes it: `/messages/{message_id}`."""
    return _PART.sub(lambda part: "{" + part["name"] + "}", rule)


def path_parameters(rule: str, url_map: Map) -> list[Schema]:
    """Return the parameters in a rule, each with what its converter takes."""
    return [
        {"name": part["name"], "in": "path", "required": True, "schema": _taken_by(_converter(part, url_map))}
        for part in _PART.finditer(rule)
    ]


def query_parameters(query: Schema) -> list[Schema]:
    """Return the properties of a query's schema as parameters. A list is written as `tag=a&tag=b`."""
    required = query.get("required", [])
    return [_query_parameter(name, schema, name in required) for name, schema in query.get("properties", {}).items()]


def header_parameters(asked: Mapping[str, str | AskedHeader]) -> list[Schema]:
    """Return the headers that are read."""
    return [_header_parameter(name, header) for name, header in asked.items()]


def _header_parameter(name: str, header: str | AskedHeader) -> Schema:
    schema: Schema = {"type": "string"}
    if isinstance(header, AskedHeader):
        schema["pattern"] = header.pattern
    meaning = header.meaning if isinstance(header, AskedHeader) else header
    return {"name": name, "in": "header", "description": meaning, "schema": schema}


def _query_parameter(name: str, schema: Schema, required: bool) -> Schema:  # noqa: FBT001 - OpenAPI's own word
    shown = _without_null(schema)
    description = shown.pop("description", None)
    made: Schema = {"name": name, "in": "query", "required": required, "schema": shown}
    if description:
        made["description"] = description
    if shown.get("type") == "array":
        made |= {"style": "form", "explode": True}
    return made


def _without_null(schema: Schema) -> Schema:
    # `null` in a query is a word of four letters; what may be left out says so by not being required.
    rest = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    choices = rest.pop("anyOf", None)
    if choices is None:
        return rest
    choices = [choice for choice in choices if choice != _NULL]
    return {**rest, "anyOf": choices} if len(choices) > 1 else {**choices[0], **rest}


def _converter(part: re.Match[str], url_map: Map) -> BaseConverter:
    arguments: tuple[tuple[Any, ...], dict[str, Any]] = parse_converter_args(part["arguments"] or "")
    return url_map.converters[part["converter"] or "default"](url_map, *arguments[0], **arguments[1])


def _taken_by(converter: BaseConverter) -> Schema:
    if isinstance(converter, UUIDConverter):
        return {"type": "string", "format": "uuid"}
    if isinstance(converter, IntegerConverter | FloatConverter):
        limits = {"minimum": converter.min or 0, "maximum": converter.max}
        kind = "integer" if isinstance(converter, IntegerConverter) else "number"
        return {"type": kind, **{name: limit for name, limit in limits.items() if limit is not None}}
    if isinstance(converter, AnyConverter):
        return {"type": "string", "enum": sorted(converter.items)}
    return {"type": "string", "minLength": 1, "pattern": rf"^(?!.*\u0000)(?:{converter.regex})$"}
