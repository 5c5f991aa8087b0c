"""Colour where a terminal shows it, and nowhere else."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}
MEANING = {
    "succeeded": "green",
    "failed": "red",
    "refused": "yellow",
    "active": "green",
    "critical": "red",
    "page": "red",
    "ticket": "yellow",
}


@dataclass(frozen=True)
class Paint:
    """How text is shown. ``width`` is the terminal's, None where there is none."""

    on: bool = False
    width: int | None = None

    @classmethod
    def of(cls, stream: TextIO) -> Paint:
        """Colour and width for a stream; NO_COLOR (no-color.org) takes the colour away."""
        if not stream.isatty():
            return cls()
        return cls(not os.environ.get("NO_COLOR"), shutil.get_terminal_size().columns)

    def __call__(self, text: str, colour: str | None) -> str:
        """Return the text in a colour; None leaves it."""
        return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if self.on and colour and text else text

    def word(self, text: str) -> str:
        """Return a word in the colour of what it means."""
        return self(text, MEANING.get(text))

    def cut(self, text: str, before: int = 0) -> str:
        """Return as much of a text as fits behind so many columns of a terminal."""
        if self.width is None or before + len(text) <= self.width:
            return text
        return text[: max(self.width - before - 1, 0)] + "…"


def table(head: list[str], rows: list[list[str]], paint: Paint) -> str:
    """Return rows under a head, each column as wide as its widest cell; the last is cut at the terminal's edge."""
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    lines = []
    for number, row in enumerate([head, *rows]):
        cells = [
            paint(cell.ljust(width), "dim") if number == 0 else paint.word(cell) + " " * (width - len(cell))
            for cell, width in zip(row[:-1], widths[:-1], strict=True)
        ]
        last = paint.cut(row[-1], before)
        lines.append("  ".join([*cells, paint(last, "dim") if number == 0 else last]).rstrip())
    return "\n".join(lines)
