"""The version a wheel is built with. Read by hatchling when it builds, not part of the wheel."""

from __future__ import annotations

import os

VERSION = "1.0.0"


def release_version() -> str:
    """Return SLIPWAY_VERSION where it is set (a PEP 440 version), else the version of this checkout."""
    return os.environ.get("SLIPWAY_VERSION") or VERSION
