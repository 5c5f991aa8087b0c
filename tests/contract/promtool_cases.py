"""Rules and promtool's tests as contract tests read them: which series a rule asks for, and what a test feeds it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.contract.tree import ROOT, matching
from tools.role_specs import read_yaml

_WORDS = {"and", "or", "unless", "bool", "offset", "by", "on", "without", "ignoring", "group_left", "group_right"}
_NAME = r"[a-zA-Z_:][\w:]*"
# What isn't a metric's name: texts, matchers, ranges, lists of labels, offsets.
_ASIDE = re.compile(
    r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)|\boffset\s+\w+'
)
_COUNTED = re.compile(rf"\b(?:rate|irate|increase)\(\s*({_NAME})")
_RUN = re.compile(r"(?P<first>-?[\d.]+)(?P<step>[+-][\d.]+)?x(?P<times>\d+)")
# Prometheus makes it itself.
_OWN = {"ALERTS"}


@dataclass(frozen=True)
class Case:
    """One test of promtool: what it is called, what it feeds, and what it asks."""

    name: str
    inputs: tuple[tuple[str, tuple[float | None, ...]], ...]
    checks: tuple[Mapping[str, Any], ...]

    @property
    def metrics(self) -> set[str]:
        """Names of the series that have a value at all."""
        return {name for name, values in self.inputs if any(value is not None for value in values)}

    def asks(self, rule: str, *, finds: bool) -> bool:
        """Tell whether it expects that there is something of the rule, or that there is nothing."""
        named = re.compile(rf'(?<![\w:]){rule}(?![\w:])|alertname="{rule}"')
        return any(bool(check["exp_samples"]) is finds for check in self.checks if named.search(check["expr"]))

    def holes(self) -> bool:
        """Tell whether a series has a time at which it isn't there."""
        return any(None in values for _, values in self.inputs)

    def falls(self, counters: set[str]) -> bool:
        """Tell whether one of these goes back, as a counter does when it starts anew."""
        return any(name in counters and _goes_back(values) for name, values in self.inputs)


def listed(pattern: str) -> list[dict[str, Any]]:
    """Every alert and recording rule of some files."""
    files = [read_yaml(ROOT / path) for path in matching(pattern)]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def rules() -> dict[str, dict[str, Any]]:
    """Every alert and recording rule by its name, as Prometheus gets them; those of objectives apart."""
    return {rule.get("alert") or rule["record"]: rule for rule in listed("monitoring/rules/*.yml")}


def of_objectives() -> list[dict[str, Any]]:
    """Every rule that is made from objectives. Many have one name, and series of their own."""
    return listed("monitoring/rules/slo/*.yml")


def cases() -> tuple[Case, ...]:
    """Every test of promtool."""
    files = [read_yaml(ROOT / path) for path in matching("monitoring/tests/*.yml")]
    return tuple(_case(test) for file in files for test in file["tests"])


def asked_and_not_loaded(path: Path, known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Rules that a file of tests asks for, themselves or by another, and doesn't load: of them it finds nothing."""
    file = read_yaml(ROOT / path)
    loaded = {rule.get("alert") or rule["record"] for own in file["rule_files"] for rule in listed(_loaded(path, own))}
    asked, coming = set[str](), {check["expr"] for test in file["tests"] for check in test["promql_expr_test"]}
    while coming:
        named = {name for expression in coming for name in _rules_named(expression, known)} - asked
        asked |= named
        coming = {known[name]["expr"] for name in named}
    return asked - loaded


def metrics_of(expression: str, known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Names of the series that a PromQL expression asks for; what is recorded counts as what it is recorded from."""
    return set(_expanded(expression, known, _names))


def counters_of(expression: str, known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Names of the series whose growth it asks for."""
    return set(_expanded(expression, known, lambda text: set(_COUNTED.findall(text))))


def values_of(text: str) -> tuple[float | None, ...]:
    """Values in promtool's notation: `1 2`, `1x3`, `0+5x3`, `_`, `_x3`, `stale`. None is a time without one."""
    return tuple(value for item in text.split() for value in _item(item))


def _loaded(path: Path, rules: str) -> str:
    """Return a pattern of rule files as seen from the checkout, where a file of tests has it as seen from itself."""
    return os.path.normpath(path.parent / rules)


def _rules_named(expression: str, known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the rules that an expression names; alerts without a name may be any."""
    if "ALERTS" in expression and "alertname" not in expression:
        return {name for name, rule in known.items() if "alert" in rule}
    return set(re.findall(r"[\w:]+", expression)) & known.keys()


def _case(test: Mapping[str, Any]) -> Case:
    inputs = tuple(
        (re.split(r"[{\s]", one["series"], maxsplit=1)[0], values_of(str(one["values"])))
        for one in test.get("input_series", [])
    )
    return Case(test["name"], inputs, tuple(test["promql_expr_test"]))


def _names(expression: str) -> set[str]:
    bare = _ASIDE.sub(" ", expression)
    called = set(re.findall(rf"({_NAME})\s*\(", bare))
    return set(re.findall(rf"(?<![\w.]){_NAME}", bare)) - called - _WORDS - _OWN


def _expanded(
    expression: str, known: Mapping[str, Mapping[str, Any]], find: Callable[[str], set[str]]
) -> Iterator[str]:
    recorded = [known[name]["expr"] for name in _names(expression) if "record" in known.get(name, {})]
    yield from (name for name in find(expression) if "record" not in known.get(name, {}))
    for one in recorded:
        yield from _expanded(one, known, find)


def _item(item: str) -> Iterator[float | None]:
    if item.startswith("_") or item == "stale":
        yield from [None] * int(item.partition("x")[2] or 1)
    elif run := _RUN.fullmatch(item):
        yield from (float(run["first"]) + float(run["step"] or 0) * turn for turn in range(int(run["times"]) + 1))
    else:
        yield float(item)


def _goes_back(values: tuple[float | None, ...]) -> bool:
    there = [value for value in values if value is not None]
    return any(later < earlier for earlier, later in pairwise(there))
