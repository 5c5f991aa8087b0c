"""Which release this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def current_release() -> str:
    """Return the version the wheel was built with, as its metadata say."""
    return version("mailroom")
