"""The control node's half of the module release_lock: says who asks, and which processes run here."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

PROC = Path("/proc")
START_FIELD = 19  # of what follows the program's name in /proc/<pid>/stat: proc_pid_stat(5) numbers it 22
DEAD = ("Z", "X", "x")


def start_of(pid: int, proc: Path = PROC) -> str | None:
    """Return when a process started, in the kernel's ticks; None where it's dead or where there is no /proc."""
    try:
        # The name stands in brackets and may hold anything, a closing bracket too.
        fields = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in DEAD else fields[START_FIELD]
    except (OSError, IndexError):
        return None


def boot_of(proc: Path = PROC) -> str:
    """Return what numbers of processes are unique in: this boot of the kernel, and this namespace of processes."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = (proc / "self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{boot}/{str(namespace).strip('pid:[]')}"


def process_of(pid: int, proc: Path = PROC) -> str:
    """Return ``<boot>:<pid>:<start time>`` of a process; empty where it can't be told, as on a Mac."""
    boot, start = boot_of(proc), start_of(pid, proc)
    return f"{boot}:{pid}:{start}" if boot and start else ""


def alive(proc: Path = PROC) -> list[str]:
    """Return ``<pid>:<start time>`` of each process that runs here."""
    try:
        pids = [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    except OSError:
        return []
    return [f"{pid}:{start}" for pid in sorted(pids) if (start := start_of(pid, proc))]


def owner() -> str:
    """Return who runs the play: what SLIPWAY_BY says (a CI's person), else who logged in."""
    return os.environ.get("SLIPWAY_BY") or os.environ.get("SUDO_USER") or getpass.getuser()


def commit_of(folder: str) -> str:
    """Return the commit that a folder has checked out, with -dirty where its files differ; empty outside of git."""
    describe = ["git", "-c", "safe.directory=*", "-C", folder, "describe", "--always", "--abbrev=40", "--exclude=*"]
    try:
        said = subprocess.run([*describe, "--dirty"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Runs on the control node, once for each host."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module on the host, with what only the control node knows."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        control = {"owner": owner(), "node": socket.gethostname(), "process": process_of(os.getppid())}
        arguments = {"control": {**control, "alive": alive()}, **self._task.args}
        done = self._execute_module(module_name="release_lock", module_args=arguments, task_vars=task_vars)
        result.update(done)
        if self._task.args.get("state", "taken") == "taken" and not result.get("failed"):
            result["control"] = {**control, "commit": commit_of(self._loader.get_basedir())}
        return result
