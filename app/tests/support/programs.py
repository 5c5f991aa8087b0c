"""Programs that run while tests do."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


class Program:
    """A server's program, to be stopped and started again."""

    def __init__(self, command: Sequence[str], log: Path, user: str | None, ready: Callable[[], bool]) -> None:
        self._command = command
        self._log = log
        self._user = user
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it serves."""
        with self._log.open("a") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=subprocess.STDOUT, user=self._user, cwd=self._log.parent
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._ready():
            if time.monotonic() > deadline:
                raise TimeoutError("the server did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it: PostgreSQL breaks off what it has in hand, as a restart does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def directory(user: str | None) -> Iterator[Path]:
    """Make a folder of a user, this one unless another is named, and remove it afterwards."""
    # A socket's path has at most 107 bytes: a short directory, not pytest's.
    home = Path(tempfile.mkdtemp(prefix="mailroom-", dir="/tmp"))
    account = pwd.getpwnam(user or getpass.getuser())
    os.chown(home, account.pw_uid, account.pw_gid)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(command: Sequence[str | Path], log: Path, user: str | None, ready: Callable[[], bool]) -> Iterator[Program]:
    """Run a program while the block lasts; what it logged is shown where that fails."""
    program = Program([str(part) for part in command], log, user, ready)
    try:
        program.start()
        yield program
    except BaseException:
        sys.stderr.write(log.read_text())
        raise
    finally:
        program.stop()
