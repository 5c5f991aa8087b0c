"""Checking what is handed to a template against what it declares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mailroom.errors import FieldError, InvalidRequest
from mailroom.messages.words import check_text
from mailroom.pointers import pointer
from mailroom.templates.entities import Variable, VariableType

_WRONG = {
    VariableType.STRING: "This must be a string.",
    VariableType.NUMBER: "This must be a number.",
    VariableType.BOOLEAN: "This must be true or false.",
    VariableType.LIST: "This must be an array.",
    VariableType.OBJECT: "This must be an object.",
}
# All variables of a mail together. A mail's bodies hold twice as much.
_CHARACTERS_MOST = 64 * 1024
_VALUES_MOST = 10_000


def checked_values(declared: Sequence[Variable], given: Mapping[str, object], *place: str) -> dict[str, object]:
    """Return every declared variable with its value. `place` is where in the body the given ones stand.

    Raises InvalidRequest that names every variable that is missing, unknown, or of the wrong type.
    """
    names = {variable.name for variable in declared}
    errors = [FieldError("This variable is not known.", pointer(*place, name)) for name in given if name not in names]
    for variable in declared:
        if variable.name not in given:
            if variable.required:
                errors.append(FieldError("This variable is required.", pointer(*place, variable.name)))
        elif (wrong := what_is_wrong(variable, given[variable.name])) is not None:
            errors.append(FieldError(wrong, pointer(*place, variable.name)))
    if errors:
        raise InvalidRequest(errors)
    if sum(_weight(value)[0] for value in given.values()) > _CHARACTERS_MOST:
        raise InvalidRequest(
            [FieldError(f"All variables have at most {_CHARACTERS_MOST} characters.", pointer(*place))]
        )
    return {variable.name: given.get(variable.name, variable.default) for variable in declared}


def what_is_wrong(variable: Variable, value: object) -> str | None:
    """Return what is wrong with a value for a variable; None where nothing is."""
    if value is None and not variable.required:
        return None
    if not _is(variable.type, value):
        return _WRONG[variable.type]
    try:
        characters, values = _weight(value)
    except ValueError as error:
        return str(error)
    if characters > _CHARACTERS_MOST or values > _VALUES_MOST:
        return f"This is too much: {_CHARACTERS_MOST} characters and {_VALUES_MOST} values at most."
    return None


def _is(kind: VariableType, value: object) -> bool:
    match kind:
        case VariableType.STRING:
            return isinstance(value, str)
        case VariableType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case VariableType.BOOLEAN:
            return isinstance(value, bool)
        case VariableType.LIST:
            return isinstance(value, list)
        case VariableType.OBJECT:
            return isinstance(value, dict)


def _weight(value: object) -> tuple[int, int]:
    """Return the characters and the values in a JSON value. Raises ValueError for what can't be written or stored."""
    characters, values, left = 0, 0, [value]
    while left:
        one = left.pop()
        values += 1
        if isinstance(one, str):
            characters += len(check_text(one))
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("This must be a finite number.")
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
    return characters, values
