"""Texts that can be kept: what JSON can carry and PostgreSQL can't."""

from __future__ import annotations

from collections.abc import Iterator

# ECMA 262, as JSON Schema has it. Looking ahead, since what makes texts from a document takes minutes to put a class
# of characters together with a length of 128 Ki.
STORABLE_PATTERN = r"^(?![\s\S]*\u0000)"
# One line without control characters; and one that isn't blank either: `str.strip` leaves something of it.
_BLANK = r"\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LINE_PATTERN = r"^[^\u0000-\u001f\u007f]*$"
NOT_BLANK_LINE_PATTERN = rf"^[^\u0000-\u001f\u007f]*[^\u0000-\u001f\u007f{_BLANK}][^\u0000-\u001f\u007f]*$"
_NUL = "\x00"
# Deeper than any body has a reason to be, and far from where what reads it would run out of stack.
DEPTH_MOST = 32

Location = tuple[str | int, ...]


def complaint(text: str) -> str | None:
    """Return why a text can't be kept; None where it can."""
    if _NUL in text:
        return "This must not contain the character NUL."
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "This must be Unicode text without lone surrogates."
    return None


def complaints(value: object) -> Iterator[tuple[Location, str]]:
    """Yield each place in a JSON value that can't be kept, names in objects included, and why."""
    waiting: list[tuple[Location, object]] = [((), value)]
    while waiting:
        location, one = waiting.pop()
        if isinstance(one, str):
            if reason := complaint(one):
                yield location, reason
        elif isinstance(one, dict | list):
            if len(location) >= DEPTH_MOST:
                yield location, "This is nested too deeply."
                continue
            waiting += _inside(location, one)
            if isinstance(one, dict):
                yield from (((*location, name), reason) for name in one if (reason := complaint(name)))


def _inside(location: Location, value: dict[str, object] | list[object]) -> list[tuple[Location, object]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [((*location, name), inner) for name, inner in pairs]
