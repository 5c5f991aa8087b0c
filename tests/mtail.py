"""mtail, of the version that hosts run, on a log: in the lab's toolbox, or else as it is installed."""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.host_tools import host_program
from tools.up import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = ("-emit_prog_label=false", "-address=127.0.0.1")
# It opens its port in any case; 0 is one that is free.
ONCE = ("-one_shot", "-one_shot_format=prometheus", "-port=0")
LIMIT = 20.0  # seconds


def counted(program: str, log: str) -> dict[str, float]:
    """Return the series that a program makes of a log. Without an mtail the test is skipped.

    Args:
        program: path in the repository.
        log: the log's text.
    """
    done = _run(*host_program("mtail", "-version"), *HERE, *ONCE, f"-progs={program}", "-logs=-", told=log)
    assert done.returncode == 0, done.stderr
    return _series(done.stdout)


class Following:
    """An mtail that follows a log.

    Attributes:
        log: the log's path.
    """

    def __init__(self, log: Path, port: int) -> None:
        """Take the log that is followed and the port on 127.0.0.1."""
        self.log = log
        self._metrics = f"http://127.0.0.1:{port}/metrics"

    def tells(self, series: str, value: float) -> bool:
        """Wait until a series has a value; false if it never has."""
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            if self._now().get(series) == value:
                return True
            time.sleep(0.2)
        return False

    def _now(self) -> dict[str, float]:
        try:
            with urllib.request.urlopen(self._metrics, timeout=LIMIT) as answer:  # noqa: S310 - it is http
                return _series(answer.read().decode())
        except OSError:
            return {}


@contextmanager
def following(program: str) -> Iterator[Following]:
    """Have mtail follow an empty log, in the checkout since that is what the toolbox sees of this machine."""
    words = host_program("mtail", "-version")
    reports = ROOT / ".reports"
    reports.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(dir=reports) as folder:
        log = Path(folder) / "access.log"
        log.touch()
        polls = ("-poll_interval=1s", "-poll_log_interval=1s", f"-port={port}")
        command = [*words, *HERE, *polls, f"-progs={program}", f"-logs={log}"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            try:
                followed = Following(log, port)
                assert followed.tells('mtail_prog_loads_total{prog="nginx.mtail"}', 1)
                yield followed
            finally:
                process.terminate()


def _series(text: str) -> dict[str, float]:
    return {series: float(value) for series, value in re.findall(r"(?m)^(\w+(?:\{.*\})?) (\S+)$", text)}


def _run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=False)
