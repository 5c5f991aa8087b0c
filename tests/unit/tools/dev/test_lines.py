"""What processes say, as people read it."""

from __future__ import annotations

import json
import re

from tools.dev.lines import shown
from tools.paint import Paint


def line(text: str, *, colour: bool = False) -> str:
    """Return the line of the worker without its time."""
    return re.sub(r"^(\x1b\[2m)?\d\d:\d\d:\d\d(\x1b\[0m)?  ", "", shown("worker", text, Paint(colour)))


def test_a_line_of_json_is_told_in_words() -> None:
    text = json.dumps({"level": "INFO", "logger": "x", "message": "sent", "component": "worker", "attempt": 1})

    assert line(text) == "worker   info      sent  attempt=1"


def test_a_line_that_is_no_json_is_told_as_it_is() -> None:
    assert line("Traceback (most recent call last):") == "worker   Traceback (most recent call last):"
    assert line("12") == "worker   12"


def test_a_traceback_stands_below_its_line() -> None:
    text = json.dumps({"level": "ERROR", "message": "no", "exc_info": "Traceback:\n  File x"})

    assert line(text).splitlines() == ["worker   error     no", "    Traceback:", "      File x"]


def test_an_error_is_red_where_colours_show() -> None:
    assert "\x1b[31merror     no\x1b[0m" in line(json.dumps({"level": "ERROR", "message": "no"}), colour=True)


def test_what_a_terminal_would_obey_is_told_instead() -> None:
    assert line("\x1b[2J") == "worker   \\u001b[2J"
