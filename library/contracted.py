#!/usr/bin/python
"""Ansible module that takes away from the schema what no release needs any more, when no release needs it any more."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compatibility import read_contracted, read_metadata, refuse_contract, write_contracted
from ansible.module_utils.slot_services import RUNNING, SlotServices
from ansible.module_utils.slots import Application, SlotError
from ansible.module_utils.slots_state import describe
from ansible.module_utils.step import STEP_OPTIONS, begin_step

DOCUMENTATION = r"""
module: contracted
short_description: Run the contract steps of the live release
description:
  - V(begun), on every app host, refuses while a release runs there that may need what the steps remove, and records
    that the schema is contracted from now on. A rollback to a release without the steps is refused from here on.
  - V(run), on one app host, starts the live slot's contract unit and waits for its end. It can be run again.
  - V(done), on every app host, records that the steps have run.
  - A release that ships no contract step leaves all as it is, with C(step) none.
options:
  app:
    description: The application's name.
    type: str
    required: true
  state:
    description: How far it must be afterwards.
    type: str
    choices: [begun, run, done]
    required: true
  lock:
    description: The token under which the application's lock was taken; the task fails when it's no longer ours.
    type: str
  phase:
    description: The phase to note in the host's unfinished work before anything is done.
    type: str
  folder:
    description: Where the application's state is. C(/var/lib/slipway/<app>) unless given.
    type: path
  root:
    description: Where the application's releases, lanes and slots are. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether there is something to contract and whether it would be refused; changes nothing.
"""

EXAMPLES = r"""
- name: See that nothing runs that needs what is to go, and record it
  contracted:
    app: mailroom
    state: begun
"""

RETURN = r"""
release:
  description: The version that is live.
  returned: always
  type: str
slot:
  description: Its slot.
  returned: always
  type: str
step:
  description: The number of its newest contract step, or none.
  returned: always
  type: int
"""


def live_services(app: Application, state: dict[str, Any]) -> SlotServices:
    """Return the live slot's services.

    Raises:
        SlotError: no slot is live, or the lanes are divided.
    """
    if not state["live"]:
        lanes = ", ".join(f"{slot} has {found['lanes']} of 20 lanes" for slot, found in state["slots"].items())
        raise SlotError(
            f"no release has every lane ({lanes}), so none's steps can be run; nothing was changed. `make release` or "
            "`make rollback` ends what was begun"
        )
    return SlotServices(app, state["live"], worker=True)


def running_releases(app: Application, state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the releases in slots that run, or are kept warm, say of themselves."""
    slots = [slot for slot in state["slots"].values() if slot["web"] in RUNNING or slot["worker"] in RUNNING]
    return [read_metadata(app, slot["release"]) for slot in slots if slot["release"]]


def contract(wish: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    app = Application.named(wish["app"], wish["root"], wish["runtime"])
    state = describe(app)
    services = live_services(app, state)
    live = read_metadata(app, str(services.release))
    # Asked for each state again: a slot may have been started meanwhile.
    step = refuse_contract(live, running_releases(app, state))
    told = {**services.describe(), "step": step, "changed": False}
    if step is None:
        return told
    folder = begin_step(wish, check=check).path
    if wish["state"] == "run":
        if not check:
            services.systemctl("start", app.unit("contract", services.name))
        return told | {"changed": True}
    finished = wish["state"] == "done"
    found = read_contracted(folder)
    if found and found["schema_least"] >= step and (found.get("finished", True) or not finished):
        return told
    if not check:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_contracted(folder, live, finished=finished)
    return told | {"changed": True}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["begun", "run", "done"], "required": True},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
            **STEP_OPTIONS,
        },
        supports_check_mode=True,
    )
    try:
        result = contract(module.params, check=module.check_mode)
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
