"""Hosts as the lock's task finds them, for tests of what follows from it."""

from __future__ import annotations

from typing import Any


def host(
    blue: str | None, green: str | None, lanes: tuple[int, int], found: dict[str, Any] | None = None, cold: str = ""
) -> dict[str, Any]:
    """Return what was found on a host.

    Args:
        blue: the version in slot blue.
        green: the version in slot green.
        lanes: how many lanes blue and green have.
        found: the unfinished work.
        cold: the slot that doesn't run.
    """
    slots = {
        name: {"release": version, "lanes": count, "web": "inactive" if name == cold else "active"}
        for name, version, count in (("blue", blue, lanes[0]), ("green", green, lanes[1]))
    }
    live = {(20, 0): "blue", (0, 20): "green"}.get(lanes)
    back = {"blue": "green", "green": "blue", None: "blue"}[live]
    held = slots[back]["release"] is not None
    divided = live is None and sum(lanes) > 0
    return {"slots": {"live": live, "back": back if held else None, "divided": divided, "slots": slots}, "found": found}


def work(kind: str = "release", version: str | None = "1.4.0", **more: object) -> dict[str, Any]:
    """Return unfinished work, of a release that was cut off while lanes moved to green."""
    noted = {"id": "x", "kind": kind, "version": version, "before": "1.3.0", "phase": "cutover", "slot": "green"}
    return {**noted, "by": "ann on laptop", **more}
