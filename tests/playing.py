"""A playbook that runs beside a test, so that it can be watched, and killed with all that it started."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.direct import COMMAND_LIMIT
from tools.up import ROOT

RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=(?P<unreachable>\d+)", re.MULTILINE
)
STEP = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<task>.*)\]|^changed: \[(?P<host>[^\]]*)\]", re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """A playbook that ran.

    Attributes:
        code: its exit status.
        output: all that it printed.
        seconds: the wall time of the whole command.
    """

    code: int
    output: str = field(repr=False)
    seconds: float = 0

    @property
    def changed(self) -> int:
        """How many tasks changed something, over all hosts."""
        return sum(int(found["changed"]) for found in RECAP.finditer(self.output))

    @property
    def changes(self) -> list[str]:
        """Which tasks changed something, and on which host, in order."""
        task, found = "", []
        for step in STEP.finditer(self.output):
            task = step["task"] or task
            if step["host"]:
                found.append(f"{task} on {step['host']}")
        return found

    @property
    def flip_ms(self) -> float:
        """How long moving the lanes took on the host, as the play said, in milliseconds."""
        # Ansible folds long messages, so a number may be followed by a line break.
        found = re.search(r"flipped(?:\s+20\s+lanes)?\s+in\s+([0-9.]+)\s+ms", self.output)
        assert found, self.output
        return float(found[1])


@dataclass
class Playing:
    """A running command; it has what tests need of a `Popen`.

    Attributes:
        process: the command's own process.
        log: the file in which its output grows.
    """

    process: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, command: list[str], environment: Mapping[str, str], folder: Path) -> Self:
        """Start a command in the checkout, its output in a new file of a folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="play-", suffix=".log", dir=folder)
        with os.fdopen(handle, "w") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, Path(name))

    @property
    def pid(self) -> int:
        """The control process."""
        return self.process.pid

    @property
    def output(self) -> str:
        """What it has printed up to now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def poll(self) -> int | None:
        """Return its exit status, None while it runs."""
        return self.process.poll()

    def wait_for(self, text: str, limit: float = COMMAND_LIMIT) -> None:
        """Wait until it has printed a text.

        Raises:
            AssertionError: it ended without, or didn't within the limit (seconds).
        """
        until = time.monotonic() + limit
        while text not in self.output:
            ended = self.poll() is not None and text not in self.output
            assert not ended, f"the play ended without {text!r}:\n{self.output[-4000:]}"
            assert time.monotonic() < until, f"{text!r} didn't come within {limit:.0f} s:\n{self.output[-4000:]}"
            time.sleep(0.02)

    def wait(self, limit: float = COMMAND_LIMIT) -> Played:
        """Wait until it ends; return what became of it. A play that hangs is killed, and is an error."""
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the play didn't end within {limit:.0f} s:\n{self.output[-4000:]}") from None
        return Played(code, self.output, time.monotonic() - self.started)

    def kill(self) -> Played:
        """Kill it as the control node's death would: at once, with all processes that it started.

        Ansible's workers have sessions of their own, so it's by their parents that they are found. SSH connections that
        are kept open have none, and end by themselves.
        """
        self._stop(self.pid)
        for pid in [*_descendants(self.pid), self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return Played(self.process.wait(10), self.output, time.monotonic() - self.started)

    @staticmethod
    def _stop(pid: int) -> None:
        """Have a process start no more children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def _descendants(pid: int) -> list[int]:
    """Return the processes below a process, children before grandchildren."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text(encoding="ascii").split()]
    return found + [below for child in found for below in _descendants(child)]
