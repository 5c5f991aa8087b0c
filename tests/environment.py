"""The environment under test, as Ansible sees it: its hosts, their groups, and how they are reached.

SLIPWAY_ENVIRONMENT names it (a folder under inventories/; `local` unless set), SLIPWAY_STATE its folder of keys.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# What tests may know of a host, worked out by Ansible with everything in playbooks/group_vars. No secret is among them.
VARIABLES = (
    "ansible_host",
    "ansible_port",
    "ansible_user",
    "ansible_ssh_private_key_file",
    "ansible_ssh_common_args",
    "group_names",
    "slipway_environment",
    "slipway_metrics_address",
    "slipway_state_dir",
    "app_name",
    "journal_receiver",
    "nginx_public",
    "nginx_server_names",
    "nginx_tls_fetch_to",
    "nginx_tls_source",
)


class EnvironmentUnreadableError(Exception):
    """Ansible can't make out the environment. The message is Ansible's."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """The hosts by name, each with its VARIABLES as far as they are defined."""

    name: str
    hosts: dict[str, dict[str, Any]]

    def of_group(self, group: str) -> list[str]:
        """Return the names of a group's hosts, sorted."""
        return sorted(name for name, variables in self.hosts.items() if group in variables["group_names"])

    def inventory(self, control_path: Path) -> dict[str, Any]:
        """Return a static inventory without templates, as pytest-testinfra needs it.

        Args:
            control_path: a folder of this run's own for SSH's sockets. Another run's connection may lead to another
                lab's host at the same address.
        """
        groups = sorted({group for variables in self.hosts.values() for group in variables["group_names"]})
        shared = {"ansible_become": True, "ansible_connection": "ssh"}
        options = f"-o BatchMode=yes -o ControlPath={control_path}/%C"
        hosts = {}
        for name, variables in self.hosts.items():
            arguments = f"{variables.get('ansible_ssh_common_args', '')} {options}".strip()
            magic = ("group_names", "ansible_ssh_common_args")
            own = {key: value for key, value in variables.items() if key not in magic}
            hosts[name] = {**own, **shared, "ansible_ssh_common_args": arguments}
        children: dict[str, Any] = {group: {"hosts": {name: {} for name in self.of_group(group)}} for group in groups}
        return {"all": {"hosts": hosts, "children": children}}


@functools.cache
def environment_under_test() -> Environment:
    """Return the environment that SLIPWAY_ENVIRONMENT names, asking Ansible once.

    Raises:
        EnvironmentUnreadableError: there is no such environment, or a variable in it can't be worked out.
    """
    name = os.environ.get("SLIPWAY_ENVIRONMENT") or "local"
    wanted = ", ".join(f"{key!r}: {key} | default(None)" for key in VARIABLES)
    command = [str(Path(sys.executable).parent / "ansible"), "all", "--inventory", str(ROOT / "inventories" / name)]
    command += ["--playbook-dir", str(ROOT / "playbooks"), "--module-name", "ansible.builtin.debug"]
    command += ["--args", json.dumps({"msg": f"{{{{ {{ {wanted} }} }}}}"})]
    told = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.default",  # none beside the one below
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
    }
    done = subprocess.run(command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EnvironmentUnreadableError(f"inventories/{name} can't be read:\n{done.stdout}\n{done.stderr}".strip())
    results = json.loads(done.stdout)["plays"][0]["tasks"][0]["hosts"]
    hosts = {
        host: {key: value for key, value in result["msg"].items() if value is not None}
        for host, result in results.items()
    }
    return Environment(name, hosts)
