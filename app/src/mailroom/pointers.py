"""JSON pointers (RFC 6901), as URI fragments: how a problem document names a place in a body."""

from __future__ import annotations

from urllib.parse import quote

_NAME_SHOWN = 64


def pointer(*location: str | int) -> str:
    """Return the pointer to a place, from the body's own names; long names are cut."""
    parts = (str(part)[:_NAME_SHOWN].replace("~", "~0").replace("/", "~1") for part in location)
    return "#" + "".join("/" + quote(part, safe="~", errors="replace") for part in parts)
