"""A `make dev` that runs on a copy of Mailroom's source, so that files can be saved in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from tests.mailroom_source import save
from tools.wheels import ROOT

LIMIT = 90.0  # seconds; other stages run beside


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a `make dev` on a copy: it takes the environment of app/ as it is."""
    return {**os.environ, "UV_PROJECT_ENVIRONMENT": str(ROOT / "app" / ".venv"), "UV_NO_SYNC": "1", **more}


def mentions(process: psutil.Process, folder: Path) -> bool:
    """Whether a process has anything to do with a folder."""
    try:
        words = [*process.cmdline(), *process.environ().values(), process.cwd()]
    except psutil.Error:  # ended meanwhile, or another user's
        return False
    return any(str(folder) in word for word in words)


class Dev:
    """The running command, what it printed, and how to ask the service."""

    def __init__(self, source: Path, log: Path, temporary: Path) -> None:
        """Start it. Its folder is made in `temporary`."""
        self.source = source
        self.temporary = temporary
        self._log = log
        with log.open("w") as output:
            # As from a terminal: who runs the tests under nohup has SIGHUP ignored, by these processes too.
            self.process = subprocess.Popen(
                [
                    "env",
                    "--default-signal=HUP",
                    sys.executable,
                    "-m",
                    "tools.dev",
                    "--source",
                    str(source),
                    "--port",
                    "0",
                ],
                cwd=ROOT,
                env=environment(TMPDIR=str(temporary)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it printed up to now."""
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, text: str, after: int = 0) -> None:
        """Wait until a text was printed, behind so many characters of the output."""
        until = time.monotonic() + LIMIT
        while text not in self.output[after:]:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < until, f"{text!r} didn't come within {LIMIT:.0f} s:\n{self.output}"
            time.sleep(0.05)

    def found(self, pattern: str) -> str:
        """Return the group of a pattern in the output."""
        match = re.search(pattern, self.output)
        assert match, self.output
        return match[1]

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.found(r"answers at (http://\S+)/ after")

    @property
    def key(self) -> str:
        """The API key."""
        return self.found(r"API key +(\S+)")

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        """Ask the service, with the key; return the status and what the JSON says."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return send(self.url + path, headers, data)

    def save(self, name: str, old: str, new: str) -> int:
        """Replace a text in a file of the source; return the length of the output before."""
        before = len(self.output)
        save(self.source, name, old, new)
        return before

    def leftovers(self) -> list[str]:
        """Return what is left of it once it ended: files and processes. Should be nothing."""
        until = time.monotonic() + 10  # one that was killed can't do it itself
        while (left := self._left()) and time.monotonic() < until:
            time.sleep(0.1)
        return left

    def _left(self) -> list[str]:
        # uv locks an environment by a file that it leaves, whoever runs it.
        files = [str(path) for path in self.temporary.iterdir() if not path.name.startswith("uv-")]
        processes = [process for process in psutil.process_iter() if mentions(process, self.temporary)]
        return files + [str(process) for process in processes if process.pid != os.getpid()]

    def end(self) -> None:
        """End it, if it runs."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)


def send(url: str, headers: Mapping[str, str], data: bytes | None = None) -> tuple[int, Any]:
    """GET, or POST where there is something to send; return the status and what the JSON says."""
    request = urllib.request.Request(url, data, dict(headers))  # noqa: S310 - http, as it was printed
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=LIMIT) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
