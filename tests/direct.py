"""Commands and our modules on a host, over ssh alone: tests ask all the time, and ansible takes a second each time."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

from tests.lab.host import Host, ssh_command
from tools.up import ROOT

HOSTS_PYTHON = "/usr/bin/python3"
COMMAND_LIMIT = 900  # seconds; generous, since it only ends what hangs


def run_script(host: Host, script: str, *, check: bool = True) -> str:
    """Run a shell script as root on a host; return what it printed.

    Args:
        host: of a lab.
        script: for bash.
        check: whether a failure is an error.

    Raises:
        AssertionError: it failed.
    """
    command = ssh_command(host, ["sudo", "bash", "-s"])
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
    assert done.returncode == 0 or not check, f"{host.name}: {script}\n{done.stdout}{done.stderr}"
    return done.stdout


def run_module(host: Host, name: str, **options: str | int) -> dict[str, Any]:
    """Run a module of library/ as root on a host; return what it said.

    Args:
        host: of a lab.
        name: the module.
        options: the module's own.

    Raises:
        AssertionError: it failed.
    """
    command, program = ssh_command(host, ["sudo", HOSTS_PYTHON, "-"]), _program(name, json.dumps(options))
    done = subprocess.run(command, input=program, capture_output=True, timeout=COMMAND_LIMIT, check=False)
    assert done.returncode == 0, f"{host.name}: {name} {options}\n{(done.stdout + done.stderr).decode()}"
    return dict(json.loads(done.stdout))


@cache
def _program(name: str, options: str) -> bytes:
    """Return the program that Ansible would send to the host: the module, its options (as JSON) and what it imports."""
    _load_plugins()
    built = modify_module(
        module_name=name,
        module_path=str(ROOT / "library" / f"{name}.py"),
        module_args=json.loads(options),
        templar=Templar(loader=DataLoader()),
        task_vars={"ansible_python_interpreter": HOSTS_PYTHON},
        module_compression="ZIP_DEFLATED",
    )
    return bytes(built.b_module_data)


@cache
def _load_plugins() -> None:
    init_plugin_loader()
