"""What is shown of a journal's entry."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
ALIASES = {"emerg": "emergency", "crit": "critical", "fatal": "critical", "err": "error", "warn": "warning"}
INFO = 6
REMEMBERED = 100_000  # entries; a sender that was cut off pushes again what it had pushed since its last success

Line = dict[str, Any]


def level_number(word: object) -> int | None:
    """Return how severe a level is, 0 (most) to 7, by syslog's word, Python's or its number; None for another."""
    text = str(word).lower()
    if text.isdigit():
        return int(text) if int(text) < len(LEVELS) else None
    text = ALIASES.get(text, text)
    return LEVELS.index(text) if text in LEVELS else None


def text_of(value: object) -> str:
    """Return a field's text; journalctl gives one that isn't UTF-8 as a list of bytes, and several as a list."""
    if isinstance(value, list):
        if all(isinstance(one, int) for one in value):
            return bytes(value).decode("utf-8", "backslashreplace")
        return " ".join(map(text_of, value))
    return "" if value is None else str(value)


def line_of(host: str, entry: Line) -> Line:
    """Return what is shown of a journal's entry; `fields` is what a message in JSON holds."""
    message = text_of(entry.get("MESSAGE"))
    fields: Line = {}
    if message.startswith("{"):
        try:
            fields = json.loads(message)
        except ValueError:
            fields = {}
    level = level_number(fields.get("level"))
    if level is None:
        level = level_number(text_of(entry.get("PRIORITY")))
    unit = text_of(entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER"))
    return {
        "time": int(entry["__REALTIME_TIMESTAMP"]) / 1_000_000,
        "host": host,
        "unit": unit,
        "level": LEVELS[INFO if level is None else level],
        "request_id": fields.get("request_id"),
        "message": message,
        "fields": fields,
    }


class Seen:
    """Which entries came already: by boot, time since then, time and content, as a cursor has them."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._keys: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_new(self, host: str, entry: Line) -> bool:
        """Whether an entry comes for the first time."""
        key = host, entry["__CURSOR"].partition(";b=")[2]
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)
        return True
