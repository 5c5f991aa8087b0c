"""The numbers that decide whether an alert fires, and those by which the gate judges a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("thresholds.yml")
_GATE = "gate"


@dataclass(frozen=True)
class Threshold:
    """One number. `value` is in `unit`; `reason` says why this number and not its double or its half."""

    value: float
    unit: str
    reason: str


class ThresholdError(ValueError):
    """thresholds.yml says less, or something else, than a threshold needs."""


def read(file: Path = FILE) -> Mapping[str, Threshold]:
    """Thresholds of alerts by name. Raises ThresholdError, which names the threshold that is incomplete."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: _threshold(name, entry) for name, entry in entries.items() if name != _GATE}


def read_gate(file: Path = FILE) -> Mapping[str, Threshold]:
    """Thresholds of the gate by name. Raises ThresholdError, which names the threshold that is incomplete."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))[_GATE]
    return {name: _threshold(f"gate: {name}", entry) for name, entry in entries.items()}


def _threshold(name: str, entry: Mapping[str, object]) -> Threshold:
    value, unit, reason = entry.get("value"), entry.get("unit"), entry.get("reason")
    if set(entry) != {"value", "unit", "reason"} or not (unit and reason):
        raise ThresholdError(f"{name} has {', '.join(entry)}; it needs value, unit and reason, and nothing else")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ThresholdError(f"{name} is {value!r}; it must be a number")
    return Threshold(value, str(unit), str(reason))
