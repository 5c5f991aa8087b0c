#!/usr/bin/python
"""Ansible module that takes, renews and frees the lock under which an application is changed on a host."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ledger import write_textfile
from ansible.module_utils.lock_claim import Claim, HeldError, free, note, renew, take
from ansible.module_utils.release_lock import StateFolder, read_work
from ansible.module_utils.slots import Application, SlotError
from ansible.module_utils.slots_state import describe

DOCUMENTATION = r"""
module: release_lock
short_description: Take, renew or free the lock under which an application is changed on a host
description:
  - One release at a time. The lock is a file in C(/var/lib/slipway/<app>) of every app host. It has an owner, a sign of
    life that each step renews, and expires without one.
  - An action plugin of the same name fills in who asks, from which node and process. A lock whose control process died
    on the same node is taken over at once.
  - Keeps the journal of unfinished work beside the lock.
options:
  app:
    description: The application's name.
    type: str
    required: true
  state:
    description:
      - C(taken) takes the lock, or fails with C(held) where another has it. Taking one's own again renews it.
      - C(renewed) gives a sign of life. C(freed) gives the lock up and forgets the work. Both fail where the lock is
        another's by now; nobody's lock is free already.
    type: str
    choices: [taken, renewed, freed]
    default: taken
  token:
    description: A random string that this play made, the same on every host. Who knows it, holds the lock.
    type: str
    required: true
  purpose:
    description: What the lock is for, as others are told it.
    type: str
    default: ""
  expires_after:
    description: Seconds after the last sign of life when anybody may take the lock.
    type: int
    default: 300
  break_lock:
    description: Whether another's lock is broken. Its next step is then refused.
    type: bool
    default: false
  work:
    description:
      - What is being done and not finished. Merged into what is noted where that has the same C(id), else in its place.
      - An empty dictionary leaves it; the word C(none) forgets it.
    type: raw
    default: {}
  keep_work:
    description: Whether O(state=freed) leaves the unfinished work noted, for the next command to continue or undo.
    type: bool
    default: false
  control:
    description:
      - C(owner), C(node) and C(process) (C(<boot>:<pid>:<start time>)) that ask, and which processes are C(alive) there
        (C(<pid>:<start time>)). The action plugin fills it in.
    type: dict
    default: {}
  folder:
    description: Where the application's state is. C(/var/lib/slipway/<app>) unless given.
    type: path
  root:
    description: Where the application is. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
  textfiles:
    description: The folder that the node exporter reads. C(/var/lib/prometheus/node-exporter) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether the lock could be taken, takes nothing.
"""

EXAMPLES = r"""
- name: Take the lock, waiting for it up to ten minutes
  release_lock:
    app: mailroom
    token: "{{ release_token }}"
    purpose: release 1.4.0
  register: lock
  until: not lock.held | default(false)
  retries: 120
  delay: 5
"""

RETURN = r"""
taken:
  description: Whether the lock is this token's now.
  returned: always
  type: bool
held:
  description: Whether another holds it. Then the task failed.
  returned: always
  type: bool
holder:
  description: Who holds it, without the token.
  returned: when held
  type: dict
broke:
  description: The lock that had to go, with C(why) (C(expired), C(process is gone), C(broken by flag)), or null.
  returned: when taken
  type: dict
found:
  description: The unfinished work as it was noted before this task, or null.
  returned: success
  type: dict
slots:
  description: What is in the slots, as M(slots_info) tells it.
  returned: when taken
  type: dict
control:
  description: C(owner), C(node) and C(process) that asked, and the C(commit) the play runs from, with C(-dirty) where
    its files differ.
  returned: when taken
  type: dict
"""

NONE = "none"  # what a task writes to forget the work: Ansible can't tell a null from no value


class ReleaseLock:
    """The lock of one application on this host, as the task wants it."""

    def __init__(self, module: AnsibleModule) -> None:
        """Look nothing up yet."""
        self.module = module
        self.wish: dict[str, Any] = module.params
        self.folder = StateFolder.named(self.wish["app"], self.wish["folder"])
        self.app = Application.named(self.wish["app"], self.wish["root"], self.wish["runtime"])

    def run(self) -> dict[str, Any]:
        """Do what the task asks; return the module's result."""
        work = self.wish["work"]
        if not isinstance(work, dict) and work != NONE:
            raise SlotError(f"work was {work!r}; it may be a dictionary, or the word {NONE}")
        before = read_work(self.folder)
        done = {"held": False, **getattr(self, self.wish["state"])()}
        if read_work(self.folder) != before:
            write_textfile(self.folder, self.app, self.wish["textfiles"])  # else Prometheus would think us stuck
        return done

    def taken(self) -> dict[str, Any]:
        """Take the lock; tell what was left behind and what is live."""
        control = self.wish["control"]
        claim = Claim(
            **{name: self.wish[name] for name in ("token", "purpose", "break_lock")},
            **{name: control.get(name) or "unknown" for name in ("owner", "node")},
            process=control.get("process") or "",
            alive=frozenset(control.get("alive") or ()),
            expires_after=float(self.wish["expires_after"]),
        )
        broke = take(self.folder, claim, check=self.module.check_mode)
        found = self.note()
        return {"changed": True, "taken": True, "broke": broke, "found": found, "slots": describe(self.app)}

    def renewed(self) -> dict[str, Any]:
        """Give a sign of life."""
        if not self.module.check_mode:
            renew(self.folder, self.wish["token"], float(self.wish["expires_after"]))
        return {"changed": bool(self.wish["work"]), "taken": True, "found": self.note()}

    def freed(self) -> dict[str, Any]:
        """Forget the work, and give the lock up."""
        found: dict[str, Any] | None = read_work(self.folder)
        there = self.folder.lock.exists()
        if there and not self.module.check_mode:
            free(self.folder, self.wish["token"], keep_work=self.wish["keep_work"])
        return {"changed": there, "taken": False, "found": found}

    def note(self) -> dict[str, Any] | None:
        """Write down the work that the task names; return what was noted before."""
        found: dict[str, Any] | None = read_work(self.folder)
        work = self.wish["work"]
        if work and not self.module.check_mode:
            note(self.folder, self.wish["token"], None if work == NONE else work)
        return found


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["taken", "renewed", "freed"], "default": "taken"},
            "token": {"type": "str", "required": True, "no_log": False},
            "purpose": {"type": "str", "default": ""},
            "expires_after": {"type": "int", "default": 300},
            "break_lock": {"type": "bool", "default": False},
            "work": {"type": "raw", "default": {}},
            "keep_work": {"type": "bool", "default": False},
            "control": {"type": "dict", "default": {}},
            "folder": {"type": "path"},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
            "textfiles": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**ReleaseLock(module).run())
    except HeldError as error:
        module.fail_json(msg=str(error), held=True, taken=False, holder=error.holder)
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error), held=False, taken=False)


if __name__ == "__main__":
    main()
