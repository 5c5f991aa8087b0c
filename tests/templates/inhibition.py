"""Alertmanager's inhibition on sets of labels, as its documentation says that it works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Labels = Mapping[str, str]

_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"?([^"]*)"?')


def matches(matchers: list[str], labels: Labels) -> bool:
    """Whether labels meet all matchers; a label that isn't there counts as an empty one."""
    return all(_meets(matcher, labels) for matcher in matchers)


def _meets(matcher: str, labels: Labels) -> bool:
    parsed = _MATCHER.fullmatch(matcher)
    assert parsed, f"{matcher} is no matcher"
    label, operator, wanted = parsed.groups()
    found = labels.get(label, "")
    met = re.fullmatch(wanted, found) is not None if operator.endswith("~") else found == wanted
    return met != operator.startswith("!")


def inhibits(rule: Mapping[str, Any], source: Labels, target: Labels) -> bool:
    """Whether one alert holds another back by a rule. One that is on both of its sides isn't held back by its like."""
    sources, targets = rule["source_matchers"], rule["target_matchers"]
    both = matches(sources, target) and matches(targets, source)
    return (
        matches(sources, source)
        and matches(targets, target)
        and not both
        and all(source.get(label, "") == target.get(label, "") for label in rule["equal"])
    )
