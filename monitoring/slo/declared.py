"""The objectives that a file declares, read whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from monitoring.generated import name_of
from monitoring.slo.kinds import KINDS, Kind

FOLDER = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]*")
# Below, 14.4 times the budget is more than everything, and the page could never fire. Above, a scrape costs more.
_OBJECTIVES = (94, 99.99)


class SloError(ValueError):
    """Declarations that can't be used. A line for each: file, objective, field, what it is, what it may be."""


@dataclass(frozen=True)
class Slo:
    """One objective.

    Attributes:
        name: what people call it; the label `slo`.
        kind: what is measured.
        app: the application; its jobs are `<app>-web` and `<app>-worker`.
        objective: the share of good events, 0 to 1.
        reason: why this share and not another.
        within: seconds that a good event may take; 0 where the kind has none.
        least_bad: as many bad events have to be in a window before it counts, in the kind's unit.
        page: whether somebody is woken up for it.
        without_routes: regular expression of routes that don't count.
    """

    name: str
    kind: Kind
    app: str
    objective: Decimal
    reason: str
    within: float = 0
    least_bad: int = 1
    page: bool = True
    without_routes: str = "/health/.+"

    @property
    def budget(self) -> Decimal:
        """Share of events that may be bad, without the noise that binary fractions would add."""
        return 1 - self.objective


def read(file: Path) -> list[Slo]:
    """Return what a file declares, in its order. Raises SloError with every mistake in it."""
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SloError(f"{name_of(file)} is no YAML: {error}") from error
    if not isinstance(entries, dict) or not entries:
        raise SloError(f"{name_of(file)} is {entries!r}; it must hold objectives by their names")
    mistakes = [f"{name}: {mistake}" for name, entry in entries.items() for mistake in _wrong(name, entry)]
    if mistakes:
        raise SloError("\n".join(f"{name_of(file)}: {mistake}" for mistake in mistakes))
    return [_slo(name, entry) for name, entry in entries.items()]


def _slo(name: str, entry: Mapping[str, Any]) -> Slo:
    kind = KINDS[entry["kind"]]
    more = {key: entry[key] for key in ("within", "page", "without_routes") if key in entry}
    return Slo(
        name=name,
        kind=kind,
        app=entry["app"],
        objective=Decimal(str(entry["objective"])) / 100,
        reason=entry["reason"],
        least_bad=entry.get("least_bad", kind.least_bad),
        **more,
    )


def _wrong(name: object, entry: object) -> Iterator[str]:
    if not _is_name(name):
        yield f"the name is {name!r}; it may have a-z, 0-9 and -, and begins with a letter"
    if not isinstance(entry, dict):
        yield f"it is {entry!r}; it must have the fields {', '.join(_FIELDS)}"
        return
    kind = KINDS.get(entry.get("kind", "")) if isinstance(entry.get("kind"), str) else None
    needed = {"kind", "app", "objective", "reason"} | ({"within"} if kind and kind.within else set())
    yield from (f"{field} is missing; it {_FIELDS[field].may_be}" for field in _FIELDS if field in needed - set(entry))
    for field, value in entry.items():
        if field not in _FIELDS:
            yield f"{field} is {value!r}; there is no such field, there are {', '.join(_FIELDS)}"
        elif kind and field in kind.refused():
            yield f"{field} is {value!r}; an objective of the kind {kind.name} has none"
        elif not _FIELDS[field].fits(value):
            yield f"{field} is {value!r}; it {_FIELDS[field].may_be}"
        elif field == "within" and kind and kind.timed and value != int(value):
            yield f"within is {value!r}; of a queue's age it must be whole seconds"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def _is_regex(value: object) -> bool:
    if not isinstance(value, str) or '"' in value or "\\" in value:
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


@dataclass(frozen=True)
class _Field:
    fits: Callable[[Any], bool]
    may_be: str


_FIELDS = {
    "kind": _Field(lambda value: isinstance(value, str) and value in KINDS, f"must be one of {', '.join(KINDS)}"),
    "app": _Field(_is_name, "must be the name of an application, such as mailroom"),
    "objective": _Field(
        lambda value: _is_number(value) and _OBJECTIVES[0] <= value <= _OBJECTIVES[1],
        f"must be a number from {_OBJECTIVES[0]} to {_OBJECTIVES[1]} (percent of events that are good)",
    ),
    "reason": _Field(
        lambda value: isinstance(value, str) and bool(value.strip()), "must say why this objective and not another"
    ),
    "within": _Field(lambda value: _is_number(value) and value > 0, "must be a number of seconds above 0"),
    "least_bad": _Field(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "must be a whole number from 1 (bad events without which nobody is told)",
    ),
    "page": _Field(lambda value: isinstance(value, bool), "must be true or false"),
    "without_routes": _Field(_is_regex, 'must be a regular expression without " and backslashes, such as /health/.+'),
}
