"""Times as people read them."""

from __future__ import annotations

import datetime as dt

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def utc(epoch: float) -> str:
    """Return a moment in UTC, as in ``2026-03-01 14:05:09 UTC``."""
    return dt.datetime.fromtimestamp(epoch, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: float) -> str:
    """Return how long something took, in the two largest units that it has: ``0.4 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 10:  # noqa: PLR2004 - from ten seconds on nobody wants the tenth
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def ago(epoch: float, now: float) -> str:
    """Return how long ago a moment was, as in ``3 min 20 s ago``; a clock that was set back says ``just now``."""
    return f"{span(now - epoch)} ago" if now - epoch >= 1 else "just now"
