"""Mailroom's own processes, run as systemd runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROGRAMS = Path(sys.executable).parent


class Process:
    """A process whose log can be read while it runs."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [str(PROGRAMS / command[0]), *command[1:]],
                env={"PATH": os.environ["PATH"], "HOME": str(log.parent), **_coverage(), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON lines of the log so far; the last may not have been written to its end yet."""
        whole, _, _ = self.text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def text(self) -> str:
        """Return the log so far."""
        return self._log.read_text()

    def says(self, message: str) -> bool:
        """Tell whether a line of that message stands in the log."""
        return any(line["message"] == message for line in self.lines())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, seconds: float = 60.0) -> int:
        """Wait for the end and return the exit status."""
        return self._process.wait(seconds)

    def end(self) -> None:
        """Stop it, whatever its state."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _coverage() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def run(command: list[str], environment: Mapping[str, str], log: Path) -> tuple[int, Process]:
    """Run a command to its end and return its exit status and its log."""
    process = Process(command, environment, log)
    try:
        return process.wait(), process
    finally:
        process.end()


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until the condition holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.02)
