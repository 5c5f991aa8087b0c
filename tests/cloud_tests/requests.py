"""Whether AWS would take a request, by its own description of its services, which botocore carries.

botocore itself checks types and what is required. Patterns, lengths, ranges and lists of what may be it leaves to AWS,
and the simulated AWS takes nearly everything; here they are checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader  # type: ignore[import-untyped]
from botocore.model import ServiceModel, Shape  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

Request = tuple[str, str, str]  # service, operation, parameters as JSON


def recorded(file: Path) -> list[Request]:
    """Return each different request that was noted."""
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return sorted({(one["service"], one["operation"], json.dumps(one["wanted"], sort_keys=True)) for one in lines})


def doubts(request: Request) -> list[str]:
    """Return why AWS would refuse a request; nothing if it wouldn't for its form."""
    service, operation, wanted = request
    shape = _model(service).operation_model(operation).input_shape
    if shape is None:
        return []
    given = json.loads(wanted)
    report = ParamValidator().validate(given, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return [f"{service} {operation}: {what}" for what in [*found, *_narrow(given, shape, "")]]


@cache
def _model(service: str) -> ServiceModel:
    """Return the description of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _narrow(given: Any, shape: Shape, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield what is against a shape's pattern, length, range or list."""
    if shape.type_name in {"structure", "list", "map"}:
        if shape.type_name == "list":
            yield from _within(len(given), shape, f"{where} has {len(given)} entries")
        for value, part, place in _parts(given, shape, where):
            yield from _narrow(value, part, place)
    elif shape.type_name == "string":
        yield from _text(str(given), shape, where)
    elif shape.type_name in {"integer", "long", "float", "double"}:
        yield from _within(given, shape, f"{where} is {given}")


def _parts(given: Any, shape: Shape, where: str) -> Iterator[tuple[Any, Shape, str]]:  # noqa: ANN401 - any JSON
    """Yield what something consists of, with its shape and its place."""
    if shape.type_name == "structure":
        known = shape.members
        yield from ((value, known[name], f"{where}.{name}") for name, value in given.items() if name in known)
    elif shape.type_name == "list":
        yield from ((value, shape.member, f"{where}[]") for value in given)
    else:
        yield from ((name, shape.key, f"{where}.{name} (the key)") for name in given)
        yield from ((value, shape.value, f"{where}.{name}") for name, value in given.items())


def _text(given: str, shape: Shape, where: str) -> Iterator[str]:
    """Yield what is wrong with a text."""
    yield from _within(len(given), shape, f"{where} has {len(given)} characters")
    if shape.enum and given not in shape.enum:
        yield f"{where} is {given!r}; it may be {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and _python(pattern) and not re.fullmatch(_python(pattern), given):
        yield f"{where} is {given!r}; it must match {pattern}"


def _within(number: float, shape: Shape, told: str) -> Iterator[str]:
    """Yield that a number is beyond a shape's limits."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        yield f"{told}; the least is {least}"
    if most is not None and number > most:
        yield f"{told}; the most is {most}"


@cache
def _python(pattern: str) -> str:
    r"""Return a pattern as Python writes it, or nothing where Python knows no such classes (\p{L})."""
    try:
        re.compile(pattern)
    except re.error:
        return ""
    return pattern
