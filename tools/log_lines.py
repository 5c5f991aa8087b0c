"""Log lines as people read them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.paint import Paint

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
COLOURS = {"emergency": "red", "alert": "red", "critical": "red", "error": "red", "warning": "yellow", "debug": "dim"}
# What stands in a line's other columns, or in each line of a service.
KNOWN = {"time", "level", "logger", "message", "component", "release", "request_id", "exc_info", "stack_info"}
TRACES = ("exc_info", "stack_info")

Line = Mapping[str, Any]


def safe(text: str) -> str:
    """Return a text without what a terminal would obey: whoever logs may not colour, move or rename it."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def access(fields: Line) -> str:
    """Return a line of nginx's access log in words."""
    release = f", release {fields['release']}" if fields.get("release") else ""
    return (
        f"{fields['method']} {fields['path']} {fields['status']} in {fields.get('seconds', '?')} s"
        f" for {fields.get('remote', '?')}{release}"
    )


def text_of(line: Line) -> str:
    """Return what a line says, and behind it what else it holds."""
    fields = line["fields"]
    if not fields:
        return safe(str(line["message"]))
    if {"method", "path", "status"} <= set(fields):
        return safe(access(fields))
    rest = [f"{key}={value}" for key, value in fields.items() if key not in KNOWN]
    return safe("  ".join([str(fields.get("message", "")), *rest]).strip())


def traces(line: Line) -> list[str]:
    """Return a line's tracebacks, line by line."""
    found = [str(line["fields"][key]).splitlines() for key in TRACES if line["fields"].get(key)]
    return ["    " + safe(one) for trace in found for one in trace]


def moment(epoch: float) -> str:
    """Return a moment in UTC, to the millisecond."""
    return dt.datetime.fromtimestamp(epoch, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


@dataclass
class Columns:
    """Lines in columns, which grow as wider cells come."""

    paint: Paint
    _widths: list[int] = field(default_factory=lambda: [0, 0, 0])

    def grow(self, lines: Iterable[Line]) -> None:
        """Make room for lines that are known already."""
        for line in lines:
            self._fit(self._cells(line))

    def show(self, line: Line) -> str:
        """Return a line, with its traceback below it."""
        cells = self._cells(line)
        self._fit(cells)
        host, unit, level = (cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
        colour = COLOURS.get(str(line["level"]))
        head = [
            self.paint(moment(float(line["time"])), "dim"),
            host,
            self.paint(unit, "dim"),
            self.paint(level, colour),
        ]
        return "\n".join(["  ".join([*head, self.paint(text_of(line), colour)]), *traces(line)])

    def _fit(self, cells: list[str]) -> None:
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, cells, strict=True)]

    @staticmethod
    def _cells(line: Line) -> list[str]:
        return [safe(str(line["host"])), safe(str(line["unit"]).removesuffix(".service")), str(line["level"])]
