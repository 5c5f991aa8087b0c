"""What stands in a PromQL expression, as far as it can be told without a parser. promtool says whether it is valid."""

from __future__ import annotations

import re

_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_MATCHERS = re.compile(r"\{[^{}]*\}")
_WINDOW = re.compile(r"\[([^\]]*)\]")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
# No part of a number, a duration or a variable, and no function: nothing in brackets after it.
_NAME = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*\b(?!\s*\()")
_WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
_COUNTER = re.compile(r"(?<![\w:])(\w+_total)\b(?:\{\})?")


def metrics(expr: str) -> set[str]:
    """Return the names of the metrics that an expression asks for."""
    bare = _LABELS.sub("", _WINDOW.sub("", _MATCHERS.sub("", _TEXT.sub("", expr))))
    return {name for name in _NAME.findall(bare) if name.lower() not in _WORDS}


def windows(expr: str) -> set[str]:
    """Return what stands in brackets behind a series: over which time it is looked at."""
    return set(_WINDOW.findall(_TEXT.sub("", expr)))


def raw_counters(expr: str) -> set[str]:
    """Return the counters, by their names' end, of which neither rate() nor increase() is taken directly."""
    bare = _MATCHERS.sub("{}", _TEXT.sub("", expr))
    return {
        found[1]
        for found in _COUNTER.finditer(bare)
        if not (re.search(r"\b(?:rate|increase)\($", bare[: found.start()]) and bare[found.end() :].startswith("["))
    }


def matched(expr: str, label: str) -> bool:
    """Tell whether every series that is asked for by a matcher at all has one of this label."""
    selectors = re.findall(r"\{[^{}]*\}", expr)
    return all(re.search(rf"\b{label}=~?\"", selector) for selector in selectors)
