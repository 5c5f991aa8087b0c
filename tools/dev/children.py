"""The processes of `make dev`, each ended with all that it started, whatever becomes of the one that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.dev.errors import DevError

GRACE = 10.0  # seconds in which a process that was asked to end may end by itself
START = 30.0  # seconds in which a server has to answer
TAIL = 20  # lines

# Runs until the one that holds the other end of its standard input is gone. Where that one was killed, it left the
# folder, with the list of the groups of processes that ran.
_GUARD = """\
cat > /dev/null
[ -d "$1" ] || exit 0
groups=$(cat "$1/groups")
for group in $groups; do kill -s INT -- "-$group"; done
for turn in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for group in $groups; do if kill -s 0 -- "-$group"; then left=yes; fi; done
  [ "$left" ] || break
  sleep 0.5
done
for group in $groups; do kill -s KILL -- "-$group"; done
rm -rf "$1"
"""


@dataclass(frozen=True)
class Command:
    """What is started, and how.

    Attributes:
        words: a program and its arguments.
        environment: all that it finds in its environment.
        user: whose process it is; None: ours.
        log: the file that its output goes to; None: it is to be read from the process.
        sockets: the file descriptors that it gets.
    """

    words: Sequence[str | Path]
    environment: Mapping[str, str] = field(repr=False)
    user: str | None = None
    log: Path | None = None
    sockets: Sequence[int] = ()


class Child:
    """A process in a session of its own: Ctrl-C on the terminal reaches only the one that ends all in order."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        """Take a process that leads its session."""
        self.name = name
        self.process = process

    def ended(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and then end what is left of its group."""
        if not self.ended():
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Children:
    """All processes that run, and the guard that ends them should this process be killed.

    Attributes:
        folder: theirs; the guard removes it.
    """

    folder: Path
    running: list[Child] = field(default_factory=list)
    _guard: subprocess.Popen[str] | None = None

    def guard(self) -> None:
        """Start the guard."""
        self._note()
        self._guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "sh", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def start(self, name: str, command: Command) -> Child:
        """Start a process, which is called `name` in messages."""
        with contextlib.ExitStack() as stack:
            process = subprocess.Popen(
                [str(word) for word in command.words],
                env=dict(command.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stack.enter_context(command.log.open("a")) if command.log else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=command.user,
                pass_fds=tuple(command.sockets),
                text=True,
                errors="replace",
            )
        self.running.append(Child(name, process))
        self._note()
        return self.running[-1]

    def stop(self, child: Child, number: signal.Signals = signal.SIGTERM) -> None:
        """End one of them."""
        child.stop(number)
        self.running.remove(child)
        self._note()

    def stop_all(self) -> None:
        """End all of them, the last first; those that are left when the folder goes are nobody's."""
        for child in reversed(self.running):
            # PostgreSQL ends at once by this one, and waits for its clients by SIGTERM; the others heed both.
            child.stop(signal.SIGINT)
        self.running.clear()

    def dismiss(self) -> None:
        """Let the guard go; after the folder is gone."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()

    def _note(self) -> None:
        (self.folder / "groups").write_text("".join(f"{child.process.pid}\n" for child in self.running))


def wait_until(answers: Callable[[], bool], child: Child, log: Path) -> None:
    """Wait until a server answers.

    Raises:
        DevError: it ended, or doesn't answer in time; with the end of its log.
    """
    until = time.monotonic() + START
    while not answers():
        if child.ended() or time.monotonic() > until:
            said = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])
            raise DevError(f"{child.name} didn't start:\n{said}")
        time.sleep(0.05)
