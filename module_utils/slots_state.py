"""What is in an application's slots on this host, which of them is live, and where a rollback goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.slots import (
    SLOTS,
    Application,
    count_lanes,
    enabled_units,
    live_slot,
    other,
    read_lanes,
    release_in,
    requests_in_flight,
    unit_states,
)


def staged_releases(app: Application) -> list[dict[str, str]]:
    """Return version and checksum of the releases whose staging was finished, newest first."""
    markers = list((app.root / "releases").glob("*/.complete"))
    markers.sort(key=lambda marker: marker.stat().st_mtime, reverse=True)
    return [{"version": marker.parent.name, "sha256": marker.read_text(encoding="ascii").strip()} for marker in markers]


def describe_slots(app: Application, lanes: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Return the state of both slots."""
    table = Path("/proc/net/unix").read_text(encoding="utf-8")
    units = {(slot, kind): app.unit(kind, slot) for slot in SLOTS for kind in ("web", "worker")}
    states = unit_states(*units.values())
    enabled = enabled_units(*(units[slot, "web"] for slot in SLOTS))
    return {
        slot: {
            "release": release_in(app, slot),
            "lanes": lanes[slot],
            "web": states[units[slot, "web"]].get("ActiveState", "unknown"),
            "worker": states[units[slot, "worker"]].get("ActiveState", "unknown"),
            "enabled": units[slot, "web"] in enabled,
            "in_flight": requests_in_flight(app.socket(slot), table),
        }
        for slot in SLOTS
    }


def slot_to_go_back_to(live: str | None, slots: dict[str, dict[str, Any]]) -> str | None:
    """Return the slot that a rollback goes to, or None where there is none."""
    before = other(live) if live else next((slot for slot in SLOTS if slots[slot]["enabled"]), None)
    return before if before and slots[before]["release"] else None


def describe(app: Application) -> dict[str, Any]:
    """Return the state of an application on this host."""
    lanes = read_lanes(app)
    live = live_slot(lanes)
    counted = count_lanes(lanes)
    slots = describe_slots(app, counted)
    divided = live is None and any(counted.values())
    return {
        "live": live,
        "idle": None if divided else other(live) if live else SLOTS[0],
        "back": slot_to_go_back_to(live, slots),
        "divided": divided,
        "slots": slots,
        "releases": staged_releases(app),
    }
