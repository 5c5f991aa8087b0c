"""Which release this is."""

from __future__ import annotations

import importlib.metadata
import os


def version_to_build() -> str:
    """Return the version that a wheel gets; hatchling asks when it builds one."""
    return os.environ.get("SLIPWAY_VERSION") or "1.0.0"


def version() -> str:
    """Return the version that is installed."""
    return importlib.metadata.version("guestbook")
