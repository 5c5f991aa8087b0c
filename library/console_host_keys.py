#!/usr/bin/python
"""Ansible module that reads an EC2 instance's SSH host keys from its console, which nobody on the way can forge."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.aws_service import AnsibleAWSModule, CloudError, Service, conclude
from ansible.module_utils.host_keys import HostKey, keys_on, last_lines
from ansible.module_utils.moments import span
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

DOCUMENTATION = r"""
module: console_host_keys
short_description: Read an EC2 instance's SSH host keys from its console
description:
  - Waits until cloud-init has printed the host's SSH host keys on its console, and returns them as lines for
    C(known_hosts). So a new host's keys are known before the first connection, which then need not be trusted blindly.
    They come by the API of EC2, which nobody on the way to the host can forge.
  - cloud-init prints them once, at the end of an instance's first boot. EC2 keeps the console's last 64 KiB only, and
    forgets them at a stop or a restart, so keep what this returns.
  - Changes nothing.
options:
  instance_id:
    description: The instance.
    type: str
    required: true
  names:
    description: By which names and addresses SSH is going to call the host; C([name]:port) for a port that isn't 22.
    type: list
    elements: str
    required: true
  timeout:
    description:
      - Seconds to wait for the keys. An instance that isn't of the Nitro kind, such as a t2, shows its console only
        some minutes after it booted.
    type: float
    default: 300
  every:
    description: Seconds between two looks.
    type: float
    default: 5
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
notes:
  - Needs C(ec2:GetConsoleOutput) and C(ec2:DescribeInstances).
"""

EXAMPLES = r"""
- name: Wait for the new host's keys
  console_host_keys:
    instance_id: i-0123456789abcdef0
    names: [app-1, 10.0.1.10]
  register: console

- name: Know the host from the first connection on
  ansible.builtin.known_hosts:
    name: "{{ item.split()[0] }}"
    key: "{{ item }}"
  loop: "{{ console.known_hosts }}"
"""

RETURN = r"""
known_hosts:
  description: One line for each name and key.
  returned: success
  type: list
  elements: str
  sample: [app-1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ..., 10.0.1.10 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ...]
keys:
  description: The keys, with their fingerprints as C(ssh-keygen -l) shows them.
  returned: success
  type: list
  elements: dict
  sample: [{type: ssh-ed25519, key: AAAAC3NzaC1lZDI1NTE5AAAAIJ..., fingerprint: SHA256:...}]
seconds:
  description: How long it took.
  returned: success
  type: float
"""

_TOLD = 10  # lines of the console in a message
_ADVICE = (
    "if it still boots, run this again. Else have them printed anew, as root, over Session Manager or the serial "
    "console: /usr/lib/cloud-init/write-ssh-key-fingerprints > /dev/console; cloud-init does so once, "
    "at the end of the first boot"
)
_GONE = ("shutting-down", "terminated", "stopping", "stopped")


class Console:
    """An instance's console."""

    def __init__(self, ec2: Service, instance: str) -> None:
        """Nothing is asked yet."""
        self._ec2 = ec2
        self._instance = instance
        self._latest = True

    def text(self) -> str:
        """Return what is on it; nothing before it is there. Raises ClientError, BotoCoreError."""
        try:
            answer = self._ec2.ask("get_console_output", InstanceId=self._instance, Latest=self._latest)
        except ClientError as error:
            # Only instances of the Nitro kind show their console as it is; others, as it was minutes after they booted.
            if not self._latest or error.response["Error"]["Code"] != "UnsupportedOperation":
                raise
            self._latest = False
            return self.text()
        return str(answer.get("Output") or "")

    def state(self) -> str:
        """Return the instance's state, such as ``running``."""
        found = self._ec2.ask("describe_instances", InstanceIds=[self._instance])
        return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])

    def wait(self, timeout: float, every: float) -> list[HostKey]:
        """Return the keys as soon as they are on it.

        Raises CloudError when they aren't after `timeout` seconds, or won't be, since the instance is on its way out.
        """
        until = time.monotonic() + timeout
        while True:
            text = self.text()
            keys: list[HostKey] = keys_on(text)
            if keys:
                return keys
            state = self.state()
            if state in _GONE:
                raise CloudError(self._complaint(text, f"and is {state}: start or replace it"))
            if time.monotonic() >= until:
                raise CloudError(self._complaint(text, f"in {span(timeout)}, and is {state}: {_ADVICE}"))
            time.sleep(min(every, max(until - time.monotonic(), 0)))

    def _complaint(self, text: str, rest: str) -> str:
        lines = last_lines(text, _TOLD)
        shown = ["The end of its console:", *(f"  {line}" for line in lines)] if lines else ["Its console is empty."]
        return "\n".join([f"{self._instance} has shown no SSH host keys on its console {rest}.", *shown])


def run(module: AnsibleAWSModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    if not wish["names"] or any(not name or set(name) & set(" \t\n,#") for name in wish["names"]):
        raise CloudError("names must be given, each without spaces and commas.")
    began = time.monotonic()
    keys = Console(Service(module, "ec2"), wish["instance_id"]).wait(wish["timeout"], wish["every"])
    return {
        "changed": False,
        "known_hosts": [f"{name} {key.type} {key.key}" for name in wish["names"] for key in keys],
        "keys": [{"type": key.type, "key": key.key, "fingerprint": key.fingerprint()} for key in keys],
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleAWSModule(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "timeout": {"type": "float", "default": 300},
            "every": {"type": "float", "default": 5},
        },
        supports_check_mode=True,
    )
    conclude(module, f"read the console of {module.params['instance_id']}", lambda: run(module))


if __name__ == "__main__":
    main()
