"""Rules on a faster clock, for tests that make a fault and wait for its alert.

One factor divides `for`, `keep_firing_for`, the groups' intervals and the windows in `[]`; nothing else of a rule
changes. Names keep the window that they were made for. Offsets and numbers stay, those of seconds too: they are no
windows.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
# A string of PromQL is passed over: a regular expression may have brackets too.
_WINDOW = re.compile(rf"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\[({_DURATION})(?=[:\]])""")
# A rate needs two reads of a target, and most are read every 15 s; a group isn't evaluated more often than others.
SHORTEST_WINDOW = "1m"
SHORTEST_INTERVAL = "15s"
# An alert that goes on firing for a while does so until others were read again.
_KEYS = {"for": "0s", "keep_firing_for": "30s"}


def scaled(text: str, factor: float) -> str:
    """Return a file of rules whose time passes `factor` times as fast. A factor of 1 changes nothing but the layout."""
    rules = yaml.safe_load(text)
    for group in rules["groups"]:
        if "interval" in group:
            group["interval"] = shorter(group["interval"], factor, SHORTEST_INTERVAL)
        group["rules"] = [_rule(rule, factor) for rule in group["rules"]]
    return f"# On a clock {factor:g} times as fast, for tests: `python -m monitoring --scale`.\n" + yaml.safe_dump(
        rules, sort_keys=False, width=1000, allow_unicode=True
    )


def shorter(duration: str, factor: float, shortest: str) -> str:
    """Divide a duration in Prometheus' notation. It gets no shorter than `shortest`, unless it is so already."""
    now = _milliseconds(duration)
    return _written(max(round(now / factor), min(now, _milliseconds(shortest))))


def windows(expression: str, factor: float) -> str:
    """Divide the windows of an expression of PromQL, and leave all else as it is."""
    return _WINDOW.sub(
        lambda found: found[0] if found[1] else f"[{shorter(found[2], factor, SHORTEST_WINDOW)}", expression
    )


def _rule(rule: dict[str, Any], factor: float) -> dict[str, Any]:
    times = {key: shorter(rule[key], factor, shortest) for key, shortest in _KEYS.items() if key in rule}
    return rule | times | {"expr": windows(rule["expr"], factor)}


def _milliseconds(duration: str) -> int:
    if not re.fullmatch(_DURATION, duration):
        raise ValueError(f"{duration} is no duration; it must be a number and ms, s, m, h, d, w or y, such as 5m")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))


def _written(milliseconds: int) -> str:
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else f"{milliseconds}ms"
