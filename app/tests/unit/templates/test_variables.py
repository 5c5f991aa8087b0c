from __future__ import annotations

from typing import Any

import pytest

from mailroom.errors import InvalidRequest
from mailroom.templates.entities import Variable, VariableType
from mailroom.templates.schemas import NewTemplate
from mailroom.templates.variables import checked_values
from mailroom.web.shapes import read_body

TEMPLATE: dict[str, Any] = {"name": "order", "subject": "s", "text": "t"}


def refusal(declared: list[Variable], given: dict[str, object]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        checked_values(declared, given, "variables")
    return {str(error.pointer): error.detail for error in caught.value.errors}


@pytest.mark.parametrize(
    ("kind", "good", "bad", "detail"),
    [
        ("string", "", 1, "This must be a string."),
        ("number", 1.5, True, "This must be a number."),
        ("boolean", False, 0, "This must be true or false."),
        ("list", [], {}, "This must be an array."),
        ("object", {}, [], "This must be an object."),
        ("number", 0, float("inf"), "This must be a finite number."),
        ("list", [1], [float("nan")], "This must be a finite number."),
        ("object", {"a": "b"}, {"a": {"\0": 1}}, "This must not contain the character NUL."),
        ("string", "a", "\ud800", "This must be Unicode text without lone surrogates."),
        ("string", "a", "x" * 65_537, "This is too much: 65536 characters and 10000 values at most."),
        ("list", [1] * 9_999, [1] * 10_000, "This is too much: 65536 characters and 10000 values at most."),
    ],
)
def test_a_value_is_of_its_variables_type(kind: str, good: object, bad: object, detail: str) -> None:
    variable = Variable("x", VariableType(kind))

    assert checked_values([variable], {"x": good}) == {"x": good}
    assert refusal([variable], {"x": bad}) == {"#/variables/x": detail}


def test_what_is_missing_or_unknown_is_named() -> None:
    declared = [Variable("needed", VariableType.STRING), Variable("other", VariableType.STRING, required=False)]

    assert refusal(declared, {"unheard of": 1}) == {
        "#/variables/unheard%20of": "This variable is not known.",
        "#/variables/needed": "This variable is required.",
    }


def test_what_is_not_required_is_its_default_or_null() -> None:
    declared = [
        Variable("a", VariableType.STRING, required=False, default="x"),
        Variable("b", VariableType.STRING, required=False),
    ]

    assert checked_values(declared, {}) == {"a": "x", "b": None}
    assert checked_values(declared, {"a": None, "b": "y"}) == {"a": None, "b": "y"}


def test_all_variables_together_are_limited() -> None:
    declared = [Variable(name, VariableType.STRING) for name in "ab"]

    assert refusal(declared, {"a": "x" * 40_000, "b": "x" * 40_000}) == {
        "#/variables": "All variables have at most 65536 characters."
    }


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"name": "x", "type": "list"}, Variable("x", VariableType.LIST)),
        ({"name": "x", "type": "list", "default": []}, Variable("x", VariableType.LIST, required=False, default=[])),
        ({"name": "x", "type": "list", "required": False}, Variable("x", VariableType.LIST, required=False)),
    ],
)
def test_a_variable_is_required_unless_it_has_a_default(variable: dict[str, Any], expected: Variable) -> None:
    asked = read_body(NewTemplate, {**TEMPLATE, "variables": [variable]})

    assert asked.source().variables == (expected,)


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"name": "Order"}, "#/name", "String should match pattern"),
        ({"subject": "a\nb"}, "#/subject", "This must be one line without control characters."),
        ({"text": None}, "#", "A template has text, or html, or both."),
        ({"text": "x" * 65_537}, "#/text", "String should have at most 65536 characters."),
        ({"variables": [{"name": "x", "type": "text"}]}, "#/variables/0/type", "Input should be 'string', 'number'"),
        ({"variables": [{"name": "1", "type": "list"}]}, "#/variables/0/name", "String should match pattern"),
        ({"variables": [{"name": "loop", "type": "list"}]}, "#/variables/0/name", "This word means something in"),
        ({"variables": [{"name": "x", "type": "list"}] * 2}, "#", "A variable is declared twice."),
        (
            {"variables": [{"name": "x", "type": "list", "default": 1}]},
            "#/variables/0",
            "The default of x: This must be an array.",
        ),
        (
            {"variables": [{"name": "x", "type": "list", "required": True, "default": []}]},
            "#/variables/0",
            "A variable that is required has no default.",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_named(change: dict[str, Any], pointer: str, detail: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(NewTemplate, TEMPLATE | change)

    (error,) = caught.value.errors
    assert error.pointer == pointer
    assert error.detail.startswith(detail)
