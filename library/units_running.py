#!/usr/bin/python
"""Ansible module that has several systemd units run, now and after a reboot, in one round trip."""

from __future__ import annotations

import subprocess
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: units_running
short_description: Have several systemd units run, now and after a reboot, in one round trip
description:
  - Does for a list of units what M(ansible.builtin.systemd_service) with C(enabled) and C(state=started) does for one.
options:
  names:
    description: The units, with their suffix.
    type: list
    elements: str
    required: true
  only_enabled:
    description: Those of them that are enabled but can't run here, such as a clock service in a container.
    type: list
    elements: str
    default: []
  daemon_reload:
    description: Whether systemd reads its units anew first.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would change, also for units that aren't on the host yet.
"""

EXAMPLES = r"""
- name: Have both slots' sockets listen
  units_running:
    names: [mailroom-web@blue.socket, mailroom-web@green.socket]
"""

RETURN = r"""
enabled:
  description: The units that were or would be enabled.
  returned: always
  type: list
  elements: str
started:
  description: The units that were or would be started.
  returned: always
  type: list
  elements: str
"""


class UnitError(Exception):
    """systemd refused. The message says what and why."""


def systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemctl; the caller looks at the result."""
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False)


def lacking(verb: str, good: tuple[str, ...], names: list[str]) -> list[str]:
    """Return the units for which `systemctl is-…` says none of the good words; it prints one line a unit."""
    if not names:
        return []
    said = systemctl(verb, *names).stdout.splitlines()
    answers = dict(zip(names, said, strict=False))
    return [name for name in names if answers.get(name) not in good]


def do(*arguments: str) -> None:
    """Run systemctl.

    Raises:
        UnitError: it failed.
    """
    done = systemctl(*arguments)
    if done.returncode:
        raise UnitError(f"`systemctl {' '.join(arguments)}` failed: {(done.stderr or done.stdout).strip()}")


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    names: list[str] = module.params["names"]
    runnable = [name for name in names if name not in module.params["only_enabled"]]
    if module.params["daemon_reload"] and not module.check_mode:
        do("daemon-reload")
    enable = [name for name in names if lacking("is-enabled", ("enabled", "enabled-runtime", "static"), [name])]
    start = lacking("is-active", ("active",), runnable)
    if not module.check_mode:
        if enable:
            do("enable", "--quiet", *enable)
        if start:
            do("start", *start)
    return {"changed": bool(enable or start), "enabled": enable, "started": start}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "only_enabled": {"type": "list", "elements": "str", "default": []},
            "daemon_reload": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except UnitError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
