"""Colour and width belong to a terminal."""

from __future__ import annotations

import io
import os

import pytest

from tools.paint import Paint, table


class Terminal(io.StringIO):
    """A stream that says it's a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_file_gets_no_colour_and_whole_lines() -> None:
    assert Paint.of(io.StringIO()) == Paint(on=False, width=None)
    assert table(["A", "B"], [["1", "x" * 500]], Paint()).endswith("x" * 500)


def test_a_terminal_gets_colour_and_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda **_: os.terminal_size((40, 10)))
    paint = Paint.of(Terminal())

    assert paint.word("failed") == "\x1b[31mfailed\x1b[0m"
    assert table(["A", "B"], [["1", "x" * 500]], Paint(on=False, width=40)).splitlines()[1] == "1  " + "x" * 36 + "…"


def test_no_color_takes_the_colour_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert not Paint.of(Terminal()).on


def test_columns_stand_under_each_other_with_and_without_colour() -> None:
    rows = [["succeeded", "a"], ["failed", "b"]]
    plain = table(["VERDICT", "X"], rows, Paint())
    coloured = table(["VERDICT", "X"], rows, Paint(on=True))

    assert plain.splitlines() == ["VERDICT    X", "succeeded  a", "failed     b"]
    for code in ("31", "32", "2", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain
