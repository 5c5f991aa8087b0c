"""Long work in named phases: what runs now, what was printed if it failed, and a table of times at the end."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TASK_LINE = re.compile(r"^(?:TASK|RUNNING HANDLER|PLAY) \[(?P<name>.*?)\] \**$")
TAIL_LINES = 60


class PhaseError(Exception):
    """A phase's command failed. The message says which, and where all of its output is."""


@dataclasses.dataclass
class Phases:
    """The phases of one piece of work.

    Attributes:
        logs: the folder in which the output of every command is kept, one file a phase.
        seconds: how long each phase took, in the order in which they ended.
    """

    logs: Path
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, purpose: str) -> Iterator[None]:
        """Announce a phase, and take its time."""
        say(f"==> {name:<9} {purpose}")
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started
        say(f"    {name:<9} {self.seconds[name]:6.1f} s")

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a command of a phase, showing on a terminal what it is at; return its output.

        Raises:
            PhaseError: it exited non-zero. The end of its output has been printed.
        """
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        lines = []
        with (
            log.open("w", encoding="utf-8") as file,
            subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            for line in process.stdout or ():
                file.write(line)
                lines.append(line)
                show_progress(line)
        clear_progress()
        if process.returncode:
            sys.stderr.write("".join(telling_lines(lines)))
            raise PhaseError(f"{name} failed (exit status {process.returncode}); all that it printed is in {log}")
        return "".join(lines)

    def table(self) -> str:
        """Return the times as a table with bars."""
        total = sum(self.seconds.values())
        width = 30 / max(self.seconds.values(), default=1)
        rows = [
            f"  {name:<10} {took:6.1f} s  {'█' * max(1, round(took * width))}" for name, took in self.seconds.items()
        ]
        return "\n".join([*rows, f"  {'all':<10} {total:6.1f} s"])


def telling_lines(lines: list[str]) -> list[str]:
    """Return the part of a failed command's output that says why: from its first error on, or its end."""
    first = next((number for number, line in enumerate(lines) if line.startswith(("[ERROR]", "fatal:"))), None)
    start = len(lines) - TAIL_LINES if first is None else max(0, first - 3)
    return lines[max(0, start) :][:TAIL_LINES]


def say(text: str) -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show_progress(line: str) -> None:
    """Show on a terminal which task of a playbook runs, in place."""
    found = TASK_LINE.match(line)
    if found and sys.stdout.isatty():
        width = os.get_terminal_size().columns
        sys.stdout.write(f"\r\x1b[K    {found['name']}"[: width + 3])
        sys.stdout.flush()


def clear_progress() -> None:
    """Take the line of `show_progress` away."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()
