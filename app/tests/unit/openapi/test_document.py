"""The document of Mailroom as a whole: whatever operations there are, each is in it and well described."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from mailroom.openapi.document import document
from mailroom.openapi.operations import operations_in
from mailroom.web.operation import Operation, operation_of
from support.documents import COPY, an_app, as_committed

mailroom = cache(an_app)
_ADDED_BY_FLASK = {"HEAD", "OPTIONS"}


def views() -> list[tuple[str, str]]:
    rules = [rule for rule in mailroom().url_map.iter_rules() if rule.rule.startswith("/api/")]
    return [(rule.rule, rule.endpoint) for rule in rules]


def declared(endpoint: str) -> Operation:
    found = operation_of(mailroom().view_functions[endpoint])
    assert found is not None
    return found


def described() -> list[dict[str, Any]]:
    return [operation for path in document(mailroom())["paths"].values() for operation in path.values()]


def test_it_is_a_valid_document() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document(mailroom())).iter_errors()] == []


def test_the_committed_copy_is_up_to_date() -> None:
    assert COPY.read_text(encoding="utf-8") == as_committed(mailroom()), "run: make docs"


@pytest.mark.parametrize(("rule", "endpoint"), views())
def test_each_view_of_the_api_is_a_declared_operation(rule: str, endpoint: str) -> None:
    operation = operation_of(mailroom().view_functions[endpoint])

    assert operation is not None, f"{rule} is not declared: @operation(Operation(...))"
    assert operation.summary
    assert operation.tag
    assert operation.limit
    assert operation.answers


@pytest.mark.parametrize(("rule", "endpoint"), views())
def test_each_view_of_the_api_answers_one_method(rule: str, endpoint: str) -> None:
    methods = {
        method
        for one in mailroom().url_map.iter_rules(endpoint)
        for method in (one.methods or ())
        if one.rule == rule and method not in _ADDED_BY_FLASK
    }

    assert len(methods) == 1


@pytest.mark.parametrize(("rule", "endpoint"), views())
def test_each_example_is_a_body_that_is_taken(rule: str, endpoint: str) -> None:
    operation = declared(endpoint)

    assert bool(operation.body) == bool(operation.examples), f"{rule}: a body is shown by an example"
    for example in operation.examples.values():
        assert operation.body is not None
        operation.body.model_validate(example)


def test_each_operation_has_an_id_of_its_own() -> None:
    ids = [operation["operationId"] for operation in described()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]\w*", one) for one in ids)


def test_each_tag_is_described() -> None:
    tags = {tag["name"]: tag.get("description", "") for tag in document(mailroom())["tags"]}

    assert {operation["tags"][0] for operation in described()} == set(tags)
    assert all(tags.values())


def test_only_the_document_of_an_app_without_operations_is_empty() -> None:
    assert document(Flask("empty"))["paths"] == {}
    assert len(operations_in(mailroom())) == len(views())
