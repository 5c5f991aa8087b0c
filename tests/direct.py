"""Commands and our modules on a host, over ssh alone: tests ask all the time, and ansible takes a second each time."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

from tools.up import ROOT

HOSTS_PYTHON = "/usr/bin/python3"
COMMAND_LIMIT = 900  # seconds; generous, since it only ends what hangs
OPTIONS = {
    "StrictHostKeyChecking": "yes",
    "BatchMode": "yes",
    "IdentitiesOnly": "yes",
    "ConnectTimeout": "10",
    "ServerAliveInterval": "5",
}


def login(state: Path, address: str) -> list[str]:
    """Return the ssh command that logs in to a host of a lab, whose folder of state has the keys."""
    options = OPTIONS | {"UserKnownHostsFile": str(state / "known_hosts")}
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return ["ssh", "-i", str(state / "ssh_key"), *words, f"admin@{address}"]


def run_script(host: list[str], script: str, *, check: bool = True) -> str:
    """Run a shell script as root on a host; return what it printed.

    Args:
        host: the ssh command that logs in to it.
        script: for bash.
        check: whether a failure is an error.

    Raises:
        AssertionError: it failed.
    """
    done = subprocess.run(
        [*host, "sudo", "bash", "-s"], input=script, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False
    )
    assert done.returncode == 0 or not check, f"{host[-1]}: {script}\n{done.stdout}{done.stderr}"
    return done.stdout


def run_module(host: list[str], name: str, **options: str | int) -> dict[str, Any]:
    """Run a module of library/ as root on a host; return what it said.

    Args:
        host: the ssh command that logs in to it.
        name: the module.
        options: the module's own.

    Raises:
        AssertionError: it failed.
    """
    program = _program(name, json.dumps(options))
    done = subprocess.run(
        [*host, "sudo", HOSTS_PYTHON, "-"], input=program, capture_output=True, timeout=COMMAND_LIMIT, check=False
    )
    assert done.returncode == 0, f"{host[-1]}: {name} {options}\n{(done.stdout + done.stderr).decode()}"
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
