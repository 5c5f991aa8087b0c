"""The OpenAPI document of an application, put together from its operations."""

from __future__ import annotations

from typing import Any

from flask import Flask

from mailroom.openapi.headers import HEADERS
from mailroom.openapi.operations import SECURITY_SCHEME, Described, operations_in
from mailroom.openapi.problems import PROBLEM, common_responses
from mailroom.openapi.schemas import Schemas, schemas_of

_INFO = {
    "title": "Mailroom",
    # That of the API, not of a release: the document changes only where the API does.
    "version": "1",
    "summary": "A transactional email API over Amazon SES.",
    "description": (
        "Every error is a problem document (RFC 9457) that carries the `request_id`; a request that can't be accepted "
        "gets all that is wrong with it in `errors`.\n\n"
        "Send an API key or an access token with each request: `Authorization: Bearer …`. Each operation names the "
        "permission that it needs."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
_BEARER = {"type": "http", "scheme": "bearer", "description": "An API key, or an access token."}


def document(app: Flask) -> dict[str, Any]:
    """Return the document (OpenAPI 3.1.1). It is the same each time for the same code.

    What has no order of its own (paths, components) is sorted; fields and parameters stay as they are declared.
    """
    operations = operations_in(app)
    schemas = _schemas(operations)
    return {
        "openapi": "3.1.1",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "tags": sorted({one.declared.tag: one.tag() for one in reversed(operations)}.values(), key=_name),
        "paths": _paths(operations, schemas),
        "components": {
            "securitySchemes": {SECURITY_SCHEME: _BEARER},
            "headers": dict(HEADERS),
            "responses": common_responses(),
            "schemas": {**schemas.components, "Problem": PROBLEM},
        },
    }


def _name(tag: dict[str, Any]) -> str:
    return str(tag["name"])


def _paths(operations: list[Described], schemas: Schemas) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        for method in one.methods:
            paths.setdefault(one.path, {})[method.lower()] = one.schema(schemas)
    return paths


def _schemas(operations: list[Described]) -> Schemas:
    declared = [one.declared for one in operations]
    return schemas_of(
        asked=[one.body for one in declared if one.body is not None],
        queries=[one.query for one in declared if one.query is not None],
        shown=[shape for one in declared for shape in one.answers.values() if shape is not None],
    )
