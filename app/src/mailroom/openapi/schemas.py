"""The shapes of bodies, queries and answers as JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from mailroom.web.texts import STORABLE_PATTERN

Schema = dict[str, Any]
_Side = Literal["validation", "serialization"]
_COMPONENTS = "#/components/schemas/"
# Pydantic says nothing of a JSON value; the texts in one are read like any other.
_VALUE_NAME = "JsonValue"
_VALUE_SCHEMA: Schema = {
    "description": "Any JSON.",
    "anyOf": [
        {"type": ["null", "boolean", "number"]},
        {"type": "string", "pattern": STORABLE_PATTERN},
        {"type": "array", "items": {"$ref": _COMPONENTS + _VALUE_NAME}},
        {
            "type": "object",
            "propertyNames": {"pattern": STORABLE_PATTERN},
            "additionalProperties": {"$ref": _COMPONENTS + _VALUE_NAME},
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON Schema of shapes. `components` are all that others refer to, by name."""

    components: Mapping[str, Schema]
    _of: Mapping[tuple[Any, _Side], Schema]
    _queries: Mapping[type[BaseModel], Schema]

    def asked(self, shape: type[BaseModel]) -> Schema:
        """Return the schema of a body that is read."""
        return self._of[shape, "validation"]

    def shown(self, shape: type[BaseModel]) -> Schema:
        """Return the schema of an answer."""
        return self._of[shape, "serialization"]

    def query(self, shape: type[BaseModel]) -> Schema:
        """Return the schema of the object that a query's parameters make."""
        return self._queries[shape]


def schemas_of(
    asked: Iterable[type[BaseModel]], queries: Iterable[type[BaseModel]], shown: Iterable[type[BaseModel]]
) -> Schemas:
    """Return the schemas of all shapes, made at once so that what they share is one component."""
    # In an order of their own, so that the document doesn't change when a route moves.
    in_order = {
        "validation": sorted({*asked, *queries}, key=_full_name),
        "serialization": sorted(set(shown), key=_full_name),
    }
    sides: list[_Side] = ["validation", "serialization"]
    found, definitions = models_json_schema(
        [(shape, side) for side in sides for shape in in_order[side]],
        ref_template=_COMPONENTS + "{model}",
        schema_generator=_Shapes,
    )
    components: dict[str, Schema] = definitions.get("$defs", {})
    if _VALUE_NAME in components:
        components[_VALUE_NAME] = _VALUE_SCHEMA
    # A query is no component: its properties become parameters.
    read = {
        shape: components.pop(found[shape, "validation"]["$ref"].removeprefix(_COMPONENTS)) for shape in set(queries)
    }
    return Schemas(dict(sorted(components.items())), dict(found), read)


def _full_name(shape: type[BaseModel]) -> str:
    return f"{shape.__module__}.{shape.__qualname__}"


class _Shapes(GenerateJsonSchema):
    """Pydantic's JSON Schema, with what `read_body` and `read_query` check of every text said of every text."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Give no field a title: it would be its name once more."""
        del schema
        return False

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Say of a text that is read which characters it can't have."""
        made = super().str_schema(schema)
        return {"pattern": STORABLE_PATTERN, **made} if self.mode == "validation" else made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Say which names an object may have that may have any: pydantic would leave open what others stand for."""
        made = super().dict_schema(schema)
        for pattern, values in made.pop("patternProperties", {}).items():
            made["additionalProperties"] = values or True
            made["propertyNames"] = {**made.get("propertyNames", {}), "pattern": pattern}
        return made
