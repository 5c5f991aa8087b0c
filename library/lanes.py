#!/usr/bin/python
"""Ansible module that points an application's lanes at one of its slots."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.lane_moves import point_lanes, take_lanes_away
from ansible.module_utils.ledger import write_textfile
from ansible.module_utils.slots import LANE_COUNT, SLOTS, Application, SlotError, count_lanes
from ansible.module_utils.step import STEP_OPTIONS, begin_step

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
    description: The slot that gets the lanes. V(none) takes all lanes away, as they were before the first release.
    type: str
    choices: [blue, green, none]
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
  lock:
    description: The token under which the application's lock was taken; no lane moves when it's no longer ours.
    type: str
  phase:
    description: The phase of the release that this step belongs to, noted in the host's unfinished work.
    type: str
  folder:
    description: Where lock and unfinished work are. C(/var/lib/slipway/<app>) unless given.
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
at:
  description: When the last lane had moved, in seconds since the epoch on this host's clock.
  returned: always
  type: float
"""


def show(lanes: list[str | None]) -> str:
    """Return the lanes as text for a diff."""
    return "".join(f"lane {number:02d} -> {slot or 'nothing'}\n" for number, slot in enumerate(lanes))


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    if not 1 <= wish["count"] <= LANE_COUNT:
        raise SlotError(f"count was {wish['count']}, but it may be 1 to {LANE_COUNT}")
    folder = begin_step(wish, check=module.check_mode)
    app = Application.named(wish["app"], wish["root"], wish["runtime"])
    if wish["slot"] == "none":
        moved = take_lanes_away(app, check=module.check_mode)
    else:
        moved = point_lanes(app, wish["slot"], wish["count"], check=module.check_mode)
    if not module.check_mode:
        write_textfile(folder, app)
    return {
        "changed": bool(moved.numbers),
        "lanes": count_lanes(moved.after),
        "moved": moved.numbers,
        "flip_ms": moved.flip_ms,
        "at": moved.at,
        "diff": {"before": show(moved.before), "after": show(moved.after)},
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": [*SLOTS, "none"], "required": True},
            "count": {"type": "int", "default": LANE_COUNT},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
            **STEP_OPTIONS,
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
