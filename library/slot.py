#!/usr/bin/python
"""Ansible module that brings the services of one slot into a state, and says why when that fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.slot_health import Probe, wait_until_ready
from ansible.module_utils.slots import (
    SLOTS,
    Application,
    SlotError,
    is_enabled,
    last_log_lines,
    other,
    release_in,
    requests_in_flight,
    systemctl,
    unit_state,
)
from ansible.module_utils.slots_state import describe

DOCUMENTATION = r"""
module: slot
short_description: Bring the services of one slot into a state
description:
  - C(stopped) waits until the slot has no request in flight, at most O(drain_timeout), then stops its web service and
    its worker.
  - C(migrated) runs the slot's migrate unit once and waits for its end.
  - C(ready) starts the slot's web service and waits until it answers O(health_path) with 200 as O(release).
  - C(live) makes the slot the one that starts with the host and runs the worker. The other slot's web service stays as
    it is, warm; its worker is told to stop and ends when it has finished what it has in hand.
  - When a service doesn't get there, the message says why, with the unit's last log lines.
options:
  app:
    description: The application's name.
    type: str
    required: true
  slot:
    description: The slot. V(before) is the one that a rollback goes to.
    type: str
    choices: [blue, green, before]
    required: true
  state:
    description: What the slot must be afterwards.
    type: str
    choices: [stopped, migrated, ready, live]
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
  worker:
    description: Whether the application has a worker.
    type: bool
    default: true
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
left_in_flight:
  description: Requests that had not ended when the slot was stopped.
  returned: when state is stopped
  type: int
answer:
  description: What the health path answered.
  returned: when state is ready
  type: str
"""

DRAIN_PAUSE = 0.05  # seconds between two looks at the requests in flight
RUNNING = ("active", "activating", "reloading", "deactivating")


def slot_before(app: Application) -> str:
    """Return the slot that a rollback goes to.

    Raises:
        SlotError: there is none.
    """
    state = describe(app)
    if not state["back"]:
        held = ", ".join(f"{slot}: {found['release'] or 'empty'}" for slot, found in state["slots"].items())
        raise SlotError(
            f"there is no release before the live one to roll back to ({held}); release another version instead"
        )
    return str(state["back"])


class Slot:
    """One slot and what can be done with its services."""

    def __init__(self, module: AnsibleModule) -> None:
        """Take the task's parameters."""
        self.wish = module.params
        self.check = module.check_mode
        self.app = Application.named(self.wish["app"], self.wish["root"], self.wish["runtime"])
        self.name: str = slot_before(self.app) if self.wish["slot"] == "before" else self.wish["slot"]
        self.release = release_in(self.app, self.name)
        self.started = time.time()

    def state_of(self, kind: str, slot: str | None = None) -> str:
        """Return the ActiveState of one of the slot's units."""
        state: str = unit_state(self.app.unit(kind, slot or self.name)).get("ActiveState", "unknown")
        return state

    def systemctl(self, verb: str, *units: str) -> None:
        """Run systemctl; raise SlotError with the unit's last words when it fails."""
        done = systemctl(verb, *units)
        if done.returncode:
            # That units were enabled without reading all of them anew is no news to whoever reads why a release failed.
            said = " ".join(line for line in done.stderr.splitlines() if not line.startswith("Warning: The unit file"))
            raise SlotError(self.why(f"`systemctl {verb} {' '.join(units)}` failed: {said}", units[-1]))

    def why(self, what: str, unit: str) -> str:
        """Return a message that ends with what the unit wrote since this task began."""
        lines = last_log_lines(unit, self.started)
        return "\n".join([what, f"Last log lines of {unit}:", *(f"  {line}" for line in lines or ["(none)"])])

    def in_flight(self) -> int:
        """Return the number of requests in flight in the slot."""
        table = Path("/proc/net/unix").read_text(encoding="utf-8")
        count: int = requests_in_flight(self.app.socket(self.name), table)
        return count

    def stopped(self) -> dict[str, Any]:
        """Drain and stop the slot."""
        kinds = ["web", "worker"] if self.wish["worker"] else ["web"]
        running = [self.app.unit(kind, self.name) for kind in kinds if self.state_of(kind) in RUNNING]
        if self.check or not running:
            return {"changed": bool(running), "left_in_flight": 0}
        left = self.drain()
        self.systemctl("disable", "--quiet", "--no-reload", *running)
        # The socket goes with its service and comes back empty: a connection that nobody took, as a crashed service
        # leaves it, would start the service again at once.
        socket = self.app.socket_unit(self.name)
        self.systemctl("stop", *running, socket)
        self.systemctl("start", socket)
        return {"changed": True, "left_in_flight": left}

    def drain(self) -> int:
        """Wait for the end of the requests in flight, as long as there is a service that can end them."""
        until = time.monotonic() + self.wish["drain_timeout"]
        while (left := self.in_flight()) and self.state_of("web") == "active" and time.monotonic() < until:
            time.sleep(DRAIN_PAUSE)
        return left

    def migrated(self) -> dict[str, Any]:
        """Run the slot's migrations."""
        unit = self.app.unit("migrate", self.name)
        if not self.check:
            self.systemctl("start", unit)
        return {"changed": not self.check}

    def ready(self) -> dict[str, Any]:
        """Start the slot and wait until it can serve."""
        unit = self.app.unit("web", self.name)
        was = self.state_of("web")
        if self.check:
            return {"changed": was != "active", "answer": ""}
        if was != "active":
            systemctl("reset-failed", unit)
            self.systemctl("start", unit)
        probe = Probe(self.app.socket(self.name), self.wish["health_path"], self.wish["release"] or self.release)
        try:
            answer = wait_until_ready(probe, unit, self.wish["timeout"])
        except SlotError as error:
            raise SlotError(self.why(f"slot {self.name}: {error}", unit)) from error
        return {"changed": was != "active", "answer": answer}

    def live(self) -> dict[str, Any]:
        """Make the slot the one that comes back with the host and works on the queue."""
        kinds = ["web", "worker"] if self.wish["worker"] else ["web"]
        mine = [self.app.unit(kind, self.name) for kind in kinds]
        others = [self.app.unit(kind, other(self.name)) for kind in kinds]
        enable = [unit for unit in mine if not is_enabled(unit)]
        disable = [unit for unit in others if is_enabled(unit)]
        start = self.wish["worker"] and self.state_of("worker") != "active"
        stop = self.wish["worker"] and self.state_of("worker", other(self.name)) in ("active", "activating")
        if not self.check:
            if enable:
                self.systemctl("enable", "--quiet", "--no-reload", *enable)
            if disable:
                self.systemctl("disable", "--quiet", "--no-reload", *disable)
            if start:
                self.systemctl("start", self.app.unit("worker", self.name))
            if stop:
                self.systemctl("--no-block", "stop", self.app.unit("worker", other(self.name)))
        return {"changed": bool(enable or disable or start or stop)}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": [*SLOTS, "before"], "required": True},
            "state": {"type": "str", "choices": ["stopped", "migrated", "ready", "live"], "required": True},
            "release": {"type": "str"},
            "health_path": {"type": "str", "default": "/health/ready"},
            "timeout": {"type": "int", "default": 60},
            "drain_timeout": {"type": "int", "default": 30},
            "worker": {"type": "bool", "default": True},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
        },
        supports_check_mode=True,
    )
    begun = time.monotonic()
    try:
        slot = Slot(module)
        states: dict[str, Callable[[], dict[str, Any]]] = {
            "stopped": slot.stopped,
            "migrated": slot.migrated,
            "ready": slot.ready,
            "live": slot.live,
        }
        result = states[module.params["state"]]()
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))
    seconds = round(time.monotonic() - begun, 3)
    module.exit_json(slot=slot.name, release=slot.release, seconds=seconds, **result)


if __name__ == "__main__":
    main()
