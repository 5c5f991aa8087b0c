"""What links to end mail are made of: the worker makes such links, the web process reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mailroom.settings import SettingsReader

_NAME = "unsubscribe_keys"
# 32 characters of base64 carry 192 bits.
_SHORTEST = 32


@dataclass(frozen=True, slots=True)
class UnsubscribeSettings:
    """Where the service is reached from outside, and the keys: the first signs, all verify."""

    public_url: str
    keys: tuple[bytes, ...] = field(repr=False)


def read_unsubscribing(reader: SettingsReader) -> UnsubscribeSettings | None:
    """Read MAILROOM_PUBLIC_URL and the secret `unsubscribe_keys`. None where one is missing."""
    url = reader.text("MAILROOM_PUBLIC_URL", default="").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment):
        # RFC 8058, 3.1: one-click needs https.
        reader.complain(f"MAILROOM_PUBLIC_URL is {url!r}: it must be an address of the form https://host")
    keys = read_unsubscribe_keys(reader)
    if url and keys:
        return UnsubscribeSettings(url, keys)
    return None


def read_unsubscribe_keys(reader: SettingsReader) -> tuple[bytes, ...]:
    """Return the keys of the secret `unsubscribe_keys`, one a line: the first signs, all verify. () without the file.

    A key is the UTF-8 of its line, 32 characters at least.
    """
    if reader.optional_secret_file(_NAME) is None:
        return ()
    lines = reader.secret(_NAME).splitlines()
    keys = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    for number, key in keys:
        if len(key) < _SHORTEST:
            reader.complain(f"line {number} of the secret {_NAME} has fewer than {_SHORTEST} characters")
    return tuple(key.encode("utf-8") for _, key in keys)
