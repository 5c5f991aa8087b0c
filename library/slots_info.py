#!/usr/bin/python
"""Ansible module that tells what is in an application's slots, and which of them is live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.slots import (
    SLOTS,
    Application,
    count_lanes,
    live_slot,
    other,
    read_lanes,
    release_in,
    requests_in_flight,
    unit_state,
)

DOCUMENTATION = r"""
module: slots_info
short_description: Tell what is in an application's slots
description: Reads the lanes, the slots' links, systemd and the kernel's socket table of an app host. Changes nothing.
options:
  app:
    description: The application's name.
    type: str
    required: true
  root:
    description: Where the application is. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
"""

EXAMPLES = r"""
- name: See what is live
  slots_info:
    app: mailroom
  register: slots
"""

RETURN = r"""
live:
  description: The slot that has all lanes; null before the first release and while lanes are divided.
  returned: always
  type: str
idle:
  description: The slot where the next release goes; null while lanes are divided.
  returned: always
  type: str
back:
  description:
    - The slot that a rollback goes to. While lanes are divided it's the slot that starts with the host, since a release
      makes the new slot that one only after its cutover. Null where that slot holds no release.
  returned: always
  type: str
divided:
  description: Whether lanes point at both slots, or some point nowhere.
  returned: always
  type: bool
slots:
  description: For each slot its C(release), C(lanes), C(web) and C(worker) (the units' ActiveState),
    whether it is C(enabled) to start with the host, and requests C(in_flight).
  returned: always
  type: dict
releases:
  description: The releases that are staged on the host, newest first, each with C(version) and C(sha256) of its artifact.
  returned: always
  type: list
  elements: dict
"""


def staged_releases(app: Application) -> list[dict[str, str]]:
    """Return version and checksum of the releases whose staging was finished, newest first."""
    markers = sorted((app.root / "releases").glob("*/.complete"), key=lambda marker: marker.stat().st_mtime, reverse=True)
    return [{"version": marker.parent.name, "sha256": marker.read_text(encoding="ascii").strip()} for marker in markers]


def describe_slot(app: Application, slot: str, lanes: int, table: str) -> dict[str, Any]:
    """Return the state of one slot."""
    web = unit_state(app.unit("web", slot))
    return {
        "release": release_in(app, slot),
        "lanes": lanes,
        "web": web.get("ActiveState", "unknown"),
        "worker": unit_state(app.unit("worker", slot)).get("ActiveState", "unknown"),
        "enabled": web.get("UnitFileState") == "enabled",
        "in_flight": requests_in_flight(app.socket(slot), table),
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
    table = Path("/proc/net/unix").read_text(encoding="utf-8")
    slots = {slot: describe_slot(app, slot, counted[slot], table) for slot in SLOTS}
    divided = live is None and any(counted.values())
    return {
        "live": live,
        "idle": None if divided else other(live) if live else SLOTS[0],
        "back": slot_to_go_back_to(live, slots),
        "divided": divided,
        "slots": slots,
        "releases": staged_releases(app),
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
        },
        supports_check_mode=True,
    )
    app = Application.named(module.params["app"], module.params["root"], module.params["runtime"])
    module.exit_json(changed=False, **describe(app))


if __name__ == "__main__":
    main()
