#!/usr/bin/python
"""Ansible module that tells all that an app host knows of an application, in one round trip."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ledger import read
from ansible.module_utils.lock_claim import without_token
from ansible.module_utils.release_lock import StateFolder, read_lock, read_work
from ansible.module_utils.slots import Application, SlotError
from ansible.module_utils.slots_state import describe

DOCUMENTATION = r"""
module: app_info
short_description: Tell all that an app host knows of an application, in one round trip
description:
  - What is in the slots and which of them is live, who holds the lock, what was begun and not finished, and the last
    entries of the ledger. Changes nothing.
options:
  app:
    description: The application's name.
    type: str
    required: true
  limit:
    description: How many entries of the ledger are told at most; 0 for all.
    type: int
    default: 5
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
    description: Changes nothing in any mode.
"""

EXAMPLES = r"""
- name: Ask each host what it knows
  app_info:
    app: mailroom
"""

RETURN = r"""
slots:
  description: What is in the slots, as M(slots_info) tells it.
  returned: always
  type: dict
lock:
  description: Who holds the lock, without its token, or null.
  returned: always
  type: dict
work:
  description: What was begun and isn't finished, or null.
  returned: always
  type: dict
entries:
  description: The last entries of the ledger, newest first.
  returned: always
  type: list
  elements: dict
torn:
  description: How many lines of the ledger couldn't be read.
  returned: always
  type: int
unreadable:
  description: What is wrong with the lock's or the work's file, where it can't be read.
  returned: always
  type: list
  elements: str
now:
  description: The host's clock, in seconds since the epoch, since lock and work have their times from it.
  returned: always
  type: float
"""


def run(module: AnsibleModule) -> dict[str, Any]:
    """Return all that this host knows."""
    wish = module.params
    folder = StateFolder.named(wish["app"], wish["folder"])
    entries, torn = read(folder, wish["limit"] or None)
    told: dict[str, Any] = {"lock": None, "work": None}
    unreadable = []
    for name, look in (("lock", read_lock), ("work", read_work)):
        try:
            told[name] = look(folder)
        except SlotError as error:
            unreadable.append(str(error))
    lock = without_token(told["lock"]) if told["lock"] else None
    slots = describe(Application.named(wish["app"], wish["root"], wish["runtime"]))
    state = {"slots": slots, "lock": lock, "work": told["work"], "unreadable": unreadable}
    return {"changed": False, **state, "entries": entries, "torn": torn, "now": time.time()}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "limit": {"type": "int", "default": 5},
            "folder": {"type": "path"},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except OSError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
