"""What Mailroom's processes say, as people read it."""

from __future__ import annotations

import json
import sys
import time

from tools.log_lines import COLOURS, safe, text_of, traces
from tools.paint import Paint

_NAME = 7
_LEVEL = 8


def shown(name: str, text: str, paint: Paint) -> str:
    """Return a line of a process: when, who, how grave, what; a line that isn't JSON as it is."""
    moment = paint(time.strftime("%H:%M:%S"), "dim")
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return f"{moment}  {name:<{_NAME}}  {safe(text)}"
    level = str(fields.get("level", "")).lower()
    line = {"message": "", "fields": fields}
    said = paint(f"{level:<{_LEVEL}}  {text_of(line)}", COLOURS.get(level))
    return "\n".join([f"{moment}  {name:<{_NAME}}  {said}", *traces(line)])


def show(name: str, text: str) -> None:
    """Print a line of a process."""
    sys.stdout.write(f"{shown(name, text, Paint.of(sys.stdout))}\n")
    sys.stdout.flush()
