#!/usr/bin/python
"""Ansible module that tells what is in an application's slots, and which of them is live."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.slots import Application
from ansible.module_utils.slots_state import describe

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
  description:
    - For each slot its C(release), C(lanes), C(web) and C(worker) (the units' ActiveState), whether it is C(enabled) to
      start with the host, and requests C(in_flight).
  returned: always
  type: dict
releases:
  description: The releases staged on the host, newest first, each with C(version) and C(sha256) of its artifact.
  returned: always
  type: list
  elements: dict
"""


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
