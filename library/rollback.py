#!/usr/bin/python
"""Ansible module that takes a host back to the release before, writes it down and frees the lock, in one round trip."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compatibility import read_metadata, refuse_rollback
from ansible.module_utils.hold import lift_hold
from ansible.module_utils.lane_moves import point_lanes
from ansible.module_utils.ledger import append, begin_work, write_textfile
from ansible.module_utils.lock_claim import free
from ansible.module_utils.release_lock import StateFolder, check_and_beat
from ansible.module_utils.slot_services import SlotServices
from ansible.module_utils.slots import SLOTS, Application, SlotError, live_slot, read_lanes, release_in

DOCUMENTATION = r"""
module: rollback
short_description: Take a host back to the release before
description:
  - Sees that the slot can serve, points every lane at it, has it start with the host and work on the queue, writes the
    ledger and frees the lock. One round trip, because a rollback is asked for when every second counts.
  - Refuses, before it changes anything, a release that the database's schema doesn't allow any more, and one that can't
    serve. What is begun is noted, so that a rollback that was cut off is brought to its end by the next.
options:
  app:
    description: The application's name.
    type: str
    required: true
  slot:
    description: The slot to go back to.
    type: str
    choices: [blue, green]
    required: true
  lock:
    description: The token under which the application's lock was taken.
    type: str
    required: true
  entry:
    description: What the module M(ledger) is to keep. C(finished) is when the host was done.
    type: dict
    required: true
  health_path:
    description: The path that answers 200 when the slot can serve.
    type: str
    default: /health/ready
  version_header:
    description: The header in which the service says its version. Empty for one that doesn't.
    type: str
    default: X-Release
  timeout:
    description: Seconds that the slot may take to serve.
    type: int
    default: 60
  worker:
    description: Whether the application has a worker.
    type: bool
    default: true
  folder:
    description: Where the application's state is. C(/var/lib/slipway/<app>) unless given.
    type: path
  root:
    description: Where the application is. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says which lanes would move, changes nothing.
"""

EXAMPLES = r"""
- name: Go back
  rollback:
    app: mailroom
    slot: blue
    lock: "{{ app_run }}"
    entry: "{{ app_entry }}"
"""

RETURN = r"""
release:
  description: The version that is live afterwards.
  returned: always
  type: str
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


def roll_back(wish: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    app = Application.named(wish["app"], wish["root"], wish["runtime"])
    folder = StateFolder.named(wish["app"], wish["folder"])
    services = SlotServices(app, wish["slot"], worker=wish["worker"])
    if services.release is None:
        raise SlotError(f"slot {wish['slot']} is empty; nothing was changed")
    refuse_rollback(folder.path, read_metadata(app, services.release))
    if not check:
        check_and_beat(folder, wish["lock"])
        services.start()
        services.wait_until_ready(services.release, wish["health_path"], wish["timeout"], wish["version_header"])
        # Not before: a slot that can't serve would be where the next command has to go back to first.
        begin_work(folder, unfinished(app, wish, services.release))
    moved = point_lanes(app, wish["slot"], check=check)
    changed = services.make_live(check=check)
    if not check:
        lift_hold(folder)
        append(folder, {**wish["entry"], "finished": time.time()})
        free(folder, wish["lock"], keep_work=False)
        write_textfile(folder, app, anew=True)
    told = {"release": services.release, "moved": moved.numbers, "flip_ms": moved.flip_ms}
    return {"changed": bool(moved.numbers) or changed, **told}


def unfinished(app: Application, wish: dict[str, Any], release: str) -> dict[str, Any]:
    """Return what is noted until the rollback is done."""
    live = live_slot(read_lanes(app))
    entry = wish["entry"]
    by = f"{entry.get('by', 'somebody')} on {entry.get('from', 'an unknown node')}"
    noted = {"id": entry["id"], "kind": "rollback", "version": release, "phase": "flip_back", "slot": wish["slot"]}
    return {**noted, "before": release_in(app, live) if live else None, "since": time.time(), "by": by}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": list(SLOTS), "required": True},
            "lock": {"type": "str", "required": True},
            "entry": {"type": "dict", "required": True},
            "health_path": {"type": "str", "default": "/health/ready"},
            "version_header": {"type": "str", "default": "X-Release"},
            "timeout": {"type": "int", "default": 60},
            "worker": {"type": "bool", "default": True},
            "folder": {"type": "path"},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        result = roll_back(module.params, check=module.check_mode)
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
