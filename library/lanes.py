#!/usr/bin/python
"""Ansible module that points an application's lanes at one of its slots."""

from __future__ import annotations

import os
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.slots import LANE_COUNT, SLOTS, Application, SlotError, count_lanes, read_lanes, unit_state

DOCUMENTATION = r"""
module: lanes
short_description: Point an application's lanes at one of its slots
description:
  - A lane is one of 20 equal shares of a host's traffic, a symbolic link to a slot's unix socket, which nginx resolves
    at every connect. Moving a lane is one atomic C(rename(2)); nginx isn't reloaded and no connection is cut.
  - The first O(count) lanes point at O(slot) afterwards. The others keep their slot; where they have none they get
    O(slot) too.
  - Refuses, before it moves anything, a slot that has no listening socket.
options:
  app:
    description: The application's name.
    type: str
    required: true
  slot:
    description: The slot that gets the lanes.
    type: str
    choices: [blue, green]
    required: true
  count:
    description: How many of the 20 lanes point at the slot afterwards, counted from lane 0.
    type: int
    default: 20
  root:
    description: Where the application's lanes are. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says what would move, moves nothing.
  diff_mode:
    support: full
    description: Shows the slot of each lane before and after.
"""

EXAMPLES = r"""
- name: Move a twentieth of the traffic to green
  lanes:
    app: mailroom
    slot: green
    count: 1
"""

RETURN = r"""
lanes:
  description: How many lanes each slot has afterwards.
  returned: always
  type: dict
  sample: {blue: 19, green: 1}
moved:
  description: The numbers of the lanes that moved.
  returned: always
  type: list
  elements: int
flip_ms:
  description: How long the renames took, all together, in milliseconds.
  returned: always
  type: float
"""


def wanted_lanes(before: list[str | None], slot: str, count: int) -> list[str]:
    """Return the slot that each lane must have afterwards."""
    return [slot if number < count else (had or slot) for number, had in enumerate(before)]


def move(app: Application, before: list[str | None], after: list[str]) -> float:
    """Point each lane that differs at its new slot; return the milliseconds between the first and the last rename.

    The new links are made beside the lanes first, so that the time in which lanes differ is that of the renames alone.
    """
    app.lanes.mkdir(mode=0o755, exist_ok=True)
    prepared = []
    for number, (had, slot) in enumerate(zip(before, after, strict=True)):
        if had == slot:
            continue
        new = app.lanes / f".{number:02d}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(app.socket(slot))
        prepared.append((new, app.lane(number)))
    started = time.perf_counter()
    for new, lane in prepared:
        new.rename(lane)
    took = time.perf_counter() - started
    folder = os.open(app.lanes, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # the lanes must survive a power cut, or the host comes back with the slot before
    finally:
        os.close(folder)
    return took * 1000


def refuse_without_socket(app: Application, slot: str) -> None:
    """Raise SlotError where nothing can listen in the slot: its lanes would answer 502."""
    if not app.socket(slot).is_socket():
        unit = app.socket_unit(slot)
        state = unit_state(unit).get("ActiveState", "unknown")
        raise SlotError(
            f"slot {slot} has no socket {app.socket(slot)} ({unit} is {state}); no lane was moved. "
            f"Look at `systemctl status {unit}`, then release again."
        )


def show(lanes: list[str | None] | list[str]) -> str:
    """Return the lanes as text for a diff."""
    return "".join(f"lane {number:02d} -> {slot or 'nothing'}\n" for number, slot in enumerate(lanes))


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    if not 1 <= wish["count"] <= LANE_COUNT:
        raise SlotError(f"count was {wish['count']}, but it may be 1 to {LANE_COUNT}")
    app = Application.named(wish["app"], wish["root"], wish["runtime"])
    before = read_lanes(app)
    after = wanted_lanes(before, wish["slot"], wish["count"])
    moved = [number for number in range(LANE_COUNT) if before[number] != after[number]]
    took = 0.0
    if moved and not module.check_mode:
        refuse_without_socket(app, wish["slot"])
        took = move(app, before, after)
    return {
        "changed": bool(moved),
        "lanes": count_lanes(list(after)),
        "moved": moved,
        "flip_ms": round(took, 3),
        "diff": {"before": show(before), "after": show(after)},
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": list(SLOTS), "required": True},
            "count": {"type": "int", "default": LANE_COUNT},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
