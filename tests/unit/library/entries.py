"""Entries of a ledger, as examples."""

from __future__ import annotations

from typing import Any

MORNING = 1772366400.0  # 2026-03-01 12:00:00 UTC


def entry(number: int = 1, kind: str = "release", verdict: str = "succeeded", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an entry that took ten seconds, an hour after the one before."""
    started = MORNING + 3600 * number
    return {
        "id": f"r{number}",
        "kind": kind,
        "verdict": verdict,
        "version": f"1.{number}.0",
        "before": f"1.{number - 1}.0" if number else None,
        "by": "ann",
        "started": started,
        "finished": started + 10,
        **more,
    }
