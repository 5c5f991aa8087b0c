"""Which headers of a mail are the caller's to set: those that only people and their programs read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from mailroom.messages.addresses import InvalidAddress, checked_sender

# By their names in lower case. What routes a mail or tells its parts apart isn't here, nor what SES obeys.
_ALLOWED: Mapping[str, str] = {
    name.lower(): name
    for name in (
        *("Auto-Submitted", "Feedback-ID", "Importance", "In-Reply-To", "List-ID", "Precedence", "References"),
        "Reply-To",
    )
}
_OWN = re.compile(r"x-[a-z0-9-]{1,100}")
# SES takes orders by the first; the second are Mailroom's own.
_RESERVED = ("x-ses-", "x-mailroom-")
# In a line of its own, a value would need folding; SES takes so many characters, all printable ASCII.
_VALUE = re.compile(r"[ -~]{1,870}")
HEADER_NAME = "^([Xx]-[A-Za-z0-9-]{1,100}|" + "|".join(_ALLOWED.values()) + ")$"


def checked_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return headers by their usual names. Raises ValidationError that names each one that can't be set, and why."""
    checked: dict[str, str] = {}
    errors: list[InitErrorDetails] = []
    for name, value in headers.items():
        usual = _ALLOWED.get(name.lower(), name)
        wrong = _what_is_wrong(name.lower(), value)
        if wrong is None and usual.lower() in {one.lower() for one in checked}:
            wrong = "This header stands twice."
        if wrong is None:
            checked[usual] = value
        else:
            told = PydanticCustomError("header", "{wrong}", {"wrong": wrong})
            errors.append(InitErrorDetails(type=told, loc=(name,), input=value))
    if errors:
        raise ValidationError.from_exception_data("headers", errors)
    return checked


def _what_is_wrong(name: str, value: str) -> str | None:
    own = _OWN.fullmatch(name) and not name.startswith(_RESERVED)
    if not own and name not in _ALLOWED:
        return f"This header can't be set. Of your own: X-…; of others: {', '.join(_ALLOWED.values())}."
    if not _VALUE.fullmatch(value):
        return "This must be 1 to 870 printable ASCII characters on one line."
    if name == "reply-to":
        try:
            checked_sender(value)
        except InvalidAddress as error:
            return str(error)
    return None
