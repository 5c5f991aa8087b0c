"""Wait until an app host has no place, or is ready: what `make drain` and `make undrain` wait for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .state import KEPT

STEP = 0.2  # seconds between looks at what the service keeps


def in_the_way_of_leaving(sites: dict[str, Any], host: str) -> str:
    """Return what keeps a host (its address) from having left, or nothing."""
    counts = {name: site["hosts"].get(host, {}).get("places", 0) for name, site in sites.items()}
    return ", ".join(f"{count} places of {name} lead to {host}" for name, count in counts.items() if count)


def in_the_way_of_being_back(sites: dict[str, Any], host: str) -> str:
    """Return what keeps a host (its address) from having requests again, or nothing."""
    found = {name: site["hosts"].get(host) for name, site in sites.items()}
    unknown = [f"{name} knows no host {host}" for name, one in found.items() if one is None]
    return ", ".join(
        unknown
        + [
            f"{host} isn't ready for {name}: {one['why'] or 'it has to answer first'}"
            for name, one in found.items()
            if one is not None and not (one["ready"] and one["places"])
        ]
    )


def wait(folder: Path, in_the_way: Callable[[dict[str, Any]], str], seconds: float) -> str:
    """Wait until nothing is in the way, at most so many seconds; return what is then still."""
    until = time.monotonic() + seconds
    while left := in_the_way(json.loads((folder / KEPT).read_text(encoding="utf-8"))):
        if time.monotonic() >= until:
            return f"after {seconds:g} s {left}"
        time.sleep(STEP)
    return ""
