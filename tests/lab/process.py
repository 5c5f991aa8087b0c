"""Processes by identity: a pid alone may belong to somebody else by the time it is used."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

PROC = Path("/proc")
_START_FIELD = 19  # of /proc/PID/stat, counted after the command name: man 5 proc, field 22


def parse_stat(stat: str) -> tuple[str, str]:
    """State letter and start time (clock ticks since boot) of a /proc/PID/stat line.

    The command name stands in parentheses and may itself contain spaces and parentheses.
    """
    fields = stat.rpartition(")")[2].split()
    return fields[0], fields[_START_FIELD]


def _boot() -> str:
    """What tells this boot of the machine from the one before; empty where there is no /proc."""
    source = PROC / "sys/kernel/random/boot_id"
    return source.read_text().strip() if source.exists() else ""


def _start(pid: int) -> str | None:
    """When the process began, or None when there is none (a zombie is none)."""
    if not PROC.joinpath("self/stat").exists():  # macOS, where only the simulated AWS runs
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return shown.stdout.strip() or None
    try:
        state, start = parse_stat(PROC.joinpath(str(pid), "stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else start


@dataclass(frozen=True)
class Identity:
    """One process, told from any later one that gets the same pid."""

    pid: int
    start: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Identity of a running process, or None."""
        start = _start(pid)
        return None if start is None else cls(pid, start, _boot())

    @classmethod
    def load(cls, data: dict[str, Any] | None) -> Self | None:
        """Identity from its `as_dict` form."""
        return None if data is None else cls(int(data["pid"]), str(data["start"]), str(data["boot"]))

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"pid": self.pid, "start": self.start, "boot": self.boot}

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self.boot == _boot() and _start(self.pid) == self.start

    def send(self, number: signal.Signals | int) -> None:
        """Signal the process if it is still the one."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def wait(self, seconds: float) -> bool:
        """Whether the process ended within `seconds`."""
        end = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def stop(self, grace: float = 5.0) -> None:
        """Ask the process to end, and after `grace` seconds end it."""
        self.send(signal.SIGTERM)
        if not self.wait(grace):
            self.send(signal.SIGKILL)
            self.wait(grace)


def command_line(pid: int) -> str:
    """Return what the process was started with, for messages."""
    try:
        return PROC.joinpath(str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def ancestors(pid: int) -> list[int]:
    """Return the pid itself and all above it, nearest first."""
    found: list[int] = []
    while pid > 0 and pid not in found:
        found.append(pid)
        try:
            pid = int(PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return found
