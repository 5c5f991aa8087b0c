"""Thresholds are read whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitoring import thresholds

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    file = folder / "thresholds.yml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_threshold_has_a_value_a_unit_and_a_reason(tmp_path: Path) -> None:
    file = written(tmp_path, "queue_age: {value: 300, unit: seconds, reason: people wait}")

    assert thresholds.read(file) == {"queue_age": thresholds.Threshold(300, "seconds", "people wait")}


@pytest.mark.parametrize("entry", ["{value: 1, unit: s}", "{value: 1, unit: s, reason: ''}", "{value: 1, reason: r}"])
def test_one_without_its_unit_or_reason_is_refused_by_name(tmp_path: Path, entry: str) -> None:
    with pytest.raises(thresholds.ThresholdError, match=r"queue_age has .*; it needs value, unit and reason"):
        thresholds.read(written(tmp_path, f"queue_age: {entry}"))


def test_one_with_something_else_besides_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(thresholds.ThresholdError, match=r"queue_age has value, unit, reason, reazon; .* nothing else"):
        thresholds.read(written(tmp_path, "queue_age: {value: 1, unit: s, reason: r, reazon: r}"))


@pytest.mark.parametrize("value", ["5m", "true", "null"])
def test_a_value_that_is_no_number_is_refused_by_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(thresholds.ThresholdError, match=r"queue_age is .*; it must be a number"):
        thresholds.read(written(tmp_path, f"queue_age: {{value: {value}, unit: s, reason: r}}"))


def test_the_gates_numbers_are_told_apart_from_the_alerts(tmp_path: Path) -> None:
    entry = "{value: 300, unit: seconds, reason: people wait}"
    file = written(tmp_path, f"queue_age: {entry}\ngate: {{window: {entry}}}")

    assert list(thresholds.read(file)) == ["queue_age"]
    assert list(thresholds.read_gate(file)) == ["window"]


def test_a_number_of_the_gate_without_its_reason_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(thresholds.ThresholdError, match=r"gate: window has value, unit; it needs"):
        thresholds.read_gate(written(tmp_path, "gate: {window: {value: 1, unit: s}}"))
