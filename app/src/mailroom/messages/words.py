"""Which texts can be part of a mail, and be stored."""

from __future__ import annotations

_FIRST_PRINTABLE = " "
_DELETE = "\x7f"


def check_one_line(text: str) -> str:
    """Return the text. Raises ValueError where it is more than one line: what follows would become a header."""
    if any(character < _FIRST_PRINTABLE or character == _DELETE for character in text):
        raise ValueError("This must be one line without control characters.")
    return text


def check_not_blank(text: str) -> str:
    """Return the text. Raises ValueError where there is nothing to see."""
    if not text.strip():
        raise ValueError("This must not be blank.")
    return text


def check_line(text: str) -> str:
    """Return the text of a subject. Raises ValueError where it isn't one line, or blank."""
    return check_not_blank(check_one_line(text))


def check_text(text: str) -> str:
    """Return the text. Raises ValueError for what PostgreSQL can't store or UTF-8 can't carry."""
    if "\x00" in text:
        raise ValueError("This must not contain the character NUL.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("This must be Unicode text without lone surrogates.") from None
    return text
