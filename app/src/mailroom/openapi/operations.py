"""One declared operation as OpenAPI describes it."""

from __future__ import annotations

import inspect
import sys
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule

from mailroom.access.permissions import Permission
from mailroom.openapi.headers import EVERYWHERE, own, references
from mailroom.openapi.parameters import header_parameters, path_parameters, query_parameters, template_of
from mailroom.openapi.problems import problem_responses
from mailroom.openapi.schemas import Schema, Schemas
from mailroom.web.operation import Access, Operation, operation_of

SECURITY_SCHEME = "bearer"
_ADDED_BY_FLASK = frozenset({"HEAD", "OPTIONS"})


class Described:
    """An operation at its address, to be described."""

    def __init__(self, app: Flask, rule: Rule, declared: Operation) -> None:
        self.declared = declared
        self.path = template_of(rule.rule)
        self.methods = sorted(set(rule.methods or ()) - _ADDED_BY_FLASK)
        self._view = app.view_functions[rule.endpoint]
        self._endpoint = rule.endpoint
        self._in_path = path_parameters(rule.rule, app.url_map)

    def tag(self) -> Schema:
        """Return its tag, which is described by the package of its view."""
        name = self.declared.tag
        package = sys.modules.get(self._view.__module__.rpartition(".")[0])
        described = (inspect.getdoc(package) if package else None) or ""
        # A package's docstring begins by its name, as in "Messages: what they are", which a tag says already.
        words = described.partition(": ")[2] or described
        return {"name": name, **({"description": words[0].upper() + words[1:]} if words else {})}

    def schema(self, schemas: Schemas) -> Schema:
        """Return the operation object."""
        declared = self.declared
        made: Schema = {
            "operationId": self._endpoint.replace(".", "_"),
            "summary": declared.summary,
            "description": self._description(),
            "tags": [declared.tag],
            "security": [] if declared.needs is Access.ANYONE else [{SECURITY_SCHEME: []}],
            "parameters": self._parameters(schemas),
            "responses": self._answers(schemas) | problem_responses(declared, self._in_path),
        }
        if isinstance(declared.needs, Permission):
            made["x-permission"] = declared.needs.value
        if declared.body is not None:
            made["requestBody"] = _body(declared, schemas.asked(declared.body))
        return {name: value for name, value in made.items() if value or name == "security"}

    def _description(self) -> str:
        needs = self.declared.needs
        who = f"Needs the permission `{needs}`." if isinstance(needs, Permission) else _WHO[needs]
        return "\n\n".join(text for text in (inspect.getdoc(self._view), who) if text)

    def _parameters(self, schemas: Schemas) -> list[Schema]:
        query = self.declared.query
        return [
            *self._in_path,
            *(query_parameters(schemas.query(query)) if query else []),
            *header_parameters(self.declared.asked_headers),
        ]

    def _answers(self, schemas: Schemas) -> Schema:
        headers = {**references(EVERYWHERE), **own(self.declared.headers)}
        return {
            str(status): {"description": _meaning(status, shape), "headers": headers, **_content(shape, schemas)}
            for status, shape in sorted(self.declared.answers.items())
        }


_WHO = {Access.ANYONE: "Anyone may ask for it.", Access.KNOWN: "Needs a credential, and no permission."}


def operations_in(app: Flask) -> list[Described]:
    """Return all operations that the app's views are declared to be, by their address."""
    found = [
        Described(app, rule, declared)
        for rule in app.url_map.iter_rules()
        if (declared := operation_of(app.view_functions.get(rule.endpoint))) is not None
    ]
    return sorted(found, key=lambda described: (described.path, described.methods))


def _body(declared: Operation, schema: Schema) -> Schema:
    content: dict[str, Any] = {"schema": schema}
    if declared.examples:
        content["examples"] = {name: {"value": value} for name, value in declared.examples.items()}
    return {"required": True, "content": dict.fromkeys(declared.body_types, content)}


def _content(shape: type[BaseModel] | None, schemas: Schemas) -> Schema:
    return {} if shape is None else {"content": {"application/json": {"schema": schemas.shown(shape)}}}


def _meaning(status: int, shape: type[BaseModel] | None) -> str:
    return (inspect.getdoc(shape) if shape else None) or f"{HTTPStatus(status).phrase}."
