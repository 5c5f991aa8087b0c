#!/usr/bin/python
"""Ansible module that brings the services of one slot into a state, and says why when that fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hold import lift_hold
from ansible.module_utils.release_lock import StateFolder
from ansible.module_utils.slot_services import SlotServices
from ansible.module_utils.slots import SLOTS, Application, SlotError
from ansible.module_utils.step import STEP_OPTIONS, begin_step

DOCUMENTATION = r"""
module: slot
short_description: Bring the services of one slot into a state
description:
  - C(stopped) waits until the slot has no request in flight, at most O(drain_timeout), then stops its web service and
    its worker.
  - C(migrated) runs the slot's migrate unit once and waits for its end.
  - C(ready) starts the slot's web service and waits until it answers O(health_path) with 200 as O(release).
  - C(live) makes the slot the one that starts with the host and runs the worker, and lets a host that was held back
    since its boot take requests again. The other slot's web service stays as
    it is, warm; its worker is told to stop and ends when it has finished what it has in hand.
  - C(steady) asks a slot that is ready once more, and sees that its services have run for some seconds without dying.
  - When a service doesn't get there, the message says why, with the unit's last log lines.
options:
  app:
    description: The application's name.
    type: str
    required: true
  slot:
    description: The slot.
    type: str
    choices: [blue, green]
    required: true
  state:
    description: What the slot must be afterwards.
    type: str
    choices: [stopped, migrated, ready, live, steady]
    required: true
  release:
    description: The version that must answer, for O(state=ready). The one that is in the slot when not given.
    type: str
  health_path:
    description: The path that answers 200 when the slot can serve.
    type: str
    default: /health/ready
  timeout:
    description: How long the slot may take to be ready, in seconds.
    type: int
    default: 60
  drain_timeout:
    description: How long requests in flight may take to end before the slot is stopped, in seconds.
    type: int
    default: 30
  empty:
    description: Whether O(state=stopped) takes the release out of the slot, so that no rollback goes to it.
    type: bool
    default: false
  version_header:
    description: The header in which the service says its version. Empty for one that doesn't; then any may answer.
    type: str
    default: X-Release
  worker:
    description: Whether the application has a worker.
    type: bool
    default: true
  lock:
    description: The token under which the application's lock was taken; the task fails when it's no longer ours.
    type: str
  phase:
    description: The phase of the release that this step belongs to, noted in the host's unfinished work.
    type: str
  folder:
    description: Where lock and unfinished work are. C(/var/lib/slipway/<app>) unless given.
    type: path
  serve:
    description:
      - Whether a host that was held back since its boot takes requests again as soon as the slot is ready, with its
        lanes as they are. For a release that goes on, since either of its versions is right then; not on the way back.
    type: bool
    default: false
  root:
    description: Where the application's lanes and slots are. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether something would change; starts and stops nothing.
"""

EXAMPLES = r"""
- name: Start the new release and wait until it can serve
  slot:
    app: mailroom
    slot: green
    state: ready
    release: 1.4.0
"""

RETURN = r"""
slot:
  description: The slot that was meant.
  returned: always
  type: str
release:
  description: The version that is in the slot.
  returned: always
  type: str
seconds:
  description: How long it took.
  returned: always
  type: float
at:
  description: When it was done, in seconds since the epoch.
  returned: always
  type: float
left_in_flight:
  description: Requests that had not ended when the slot was stopped.
  returned: when state is stopped
  type: int
last_words:
  description: What the slot's services wrote last since the release was put into it. Empty where they wrote nothing.
  returned: when state is stopped, and the slot was emptied
  type: str
answer:
  description: What the health path answered.
  returned: when state is ready
  type: str
"""


class Slot:
    """One slot and the states it can be brought into."""

    def __init__(self, module: AnsibleModule, folder: StateFolder) -> None:
        """Take the task's parameters, and where the application's state is."""
        self.wish = module.params
        self.folder = folder
        self.check = module.check_mode
        app = Application.named(self.wish["app"], self.wish["root"], self.wish["runtime"])
        self.services = SlotServices(app, self.wish["slot"], worker=self.wish["worker"])

    def stopped(self) -> dict[str, Any]:
        """Drain and stop the slot."""
        running = self.services.running()
        left = self.services.stop(running, self.wish["drain_timeout"]) if running and not self.check else 0
        failed = self.services.forget_failures(check=self.check)
        emptied = self.wish["empty"] and self.services.release is not None
        words = self.services.last_words() if emptied else ""
        if emptied and not self.check:
            self.services.app.slot(self.services.name).unlink()
        return {"changed": bool(running or failed or emptied), "left_in_flight": left, "last_words": words}

    def migrated(self) -> dict[str, Any]:
        """Run the slot's migrations."""
        if not self.check:
            self.services.systemctl("start", self.services.app.unit("migrate", self.services.name))
        return {"changed": not self.check}

    def ready(self) -> dict[str, Any]:
        """Start the slot and wait until it can serve."""
        if self.check:
            return {"changed": self.services.state_of("web") != "active", "answer": ""}
        started = self.services.start()
        header, path = self.wish["version_header"], self.wish["health_path"]
        answer = self.services.wait_until_ready(self.wish["release"], path, self.wish["timeout"], header)
        lifted = self.wish["serve"] and lift_hold(self.folder)
        return {"changed": started or lifted, "answer": answer}

    def live(self) -> dict[str, Any]:
        """Make the slot the one that comes back with the host and works on the queue."""
        changed = self.services.make_live(check=self.check)
        lifted = not self.check and lift_hold(self.folder)
        return {"changed": changed or lifted}

    def steady(self) -> dict[str, Any]:
        """See that what was started goes on running."""
        if not self.check:
            header, path = self.wish["version_header"], self.wish["health_path"]
            self.services.wait_until_ready(self.wish["release"], path, self.wish["timeout"], header)
            for kind in self.services.kinds:
                self.services.refuse_dying(kind)
        return {"changed": False}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": list(SLOTS), "required": True},
            "state": {"type": "str", "choices": ["stopped", "migrated", "ready", "live", "steady"], "required": True},
            "release": {"type": "str"},
            "health_path": {"type": "str", "default": "/health/ready"},
            "timeout": {"type": "int", "default": 60},
            "drain_timeout": {"type": "int", "default": 30},
            "empty": {"type": "bool", "default": False},
            "version_header": {"type": "str", "default": "X-Release"},
            "worker": {"type": "bool", "default": True},
            "serve": {"type": "bool", "default": False},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
            **STEP_OPTIONS,
        },
        supports_check_mode=True,
    )
    begun = time.monotonic()
    try:
        slot = Slot(module, begin_step(module.params, check=module.check_mode))
        states: dict[str, Callable[[], dict[str, Any]]] = {
            "stopped": slot.stopped,
            "migrated": slot.migrated,
            "ready": slot.ready,
            "live": slot.live,
            "steady": slot.steady,
        }
        result = states[module.params["state"]]()
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))
    seconds = round(time.monotonic() - begun, 3)
    module.exit_json(**slot.services.describe(), seconds=seconds, at=time.time(), **result)


if __name__ == "__main__":
    main()
