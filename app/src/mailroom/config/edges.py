"""What is believed of a request before it is read, and which pages and names it may come by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.settings import SettingsReader

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_ADDRESS = r"\[[0-9a-f:.]+\]"
_PORT = r"(?::[1-9][0-9]{0,4})?"
_ORIGIN = re.compile(rf"https://(?:{_NAME}|{_ADDRESS}){_PORT}|http://localhost{_PORT}")
_HOST = re.compile(rf"(?:{_NAME}|{_ADDRESS}){_PORT}")


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """The edges of HTTP.

    Attributes:
        trusted_proxies: how many proxies each add the address they were asked from to X-Forwarded-For.
        cors_origins: the origins of the pages that may read answers; none switches CORS off.
        hosts: the names and addresses, each with or without a port, by which the API is known; none: any.

    """

    trusted_proxies: int = 1
    cors_origins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


def read_edges(reader: SettingsReader) -> EdgeSettings:
    """Read how requests arrive."""
    return EdgeSettings(
        trusted_proxies=reader.integer("MAILROOM_TRUSTED_PROXIES", 0, 8, default=1),
        cors_origins=_listed(
            reader,
            "MAILROOM_CORS_ORIGINS",
            _ORIGIN,
            "each must be an exact origin like https://app.example.com, or http://localhost:3000 (* would open the API "
            "to every page that somebody with a credential looks at)",
        ),
        hosts=_listed(
            reader,
            "MAILROOM_HOSTS",
            _HOST,
            "each must be a name, an IPv4 address or an [IPv6] one, with or without :port",
        ),
    )


def _listed(reader: SettingsReader, name: str, form: re.Pattern[str], rule: str) -> frozenset[str]:
    values = [value for value in re.split(r"[\s,]+", reader.text(name, default="").lower()) if value]
    for value in values:
        if not form.fullmatch(value):
            reader.complain(f"{name} has {value!r}: {rule}")
    return frozenset(values)
