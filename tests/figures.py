"""Figures that a test run measured: kept in a file and printed as a table, so that the README can quote them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

REPORTS = Path(__file__).resolve().parent.parent / ".reports"


@dataclass
class Figures:
    """What was measured, in the order in which it was said."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, what: str, measured: str, aim: str = "") -> None:
        """Add a row: what, its value with its unit, and the aim where there is one."""
        self.rows.append((what, measured, aim))
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / "figures.json").write_text(
            json.dumps(self.rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def show(self, table: str) -> None:
        """Add a table that is printed as it is."""
        self.notes.append(table)

    def lines(self) -> list[str]:
        """Return everything as lines."""
        widths = [max((len(row[column]) for row in self.rows), default=0) for column in range(3)]
        rows = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in self.rows
        ]
        return [*rows, *(line for note in self.notes for line in ("", *note.splitlines()))]


FIGURES = Figures()
