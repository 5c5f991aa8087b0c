"""Where a worker's time goes, as py-spy sees it from outside."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.load.errors import LoadError

RATE = 100  # samples a second
FRAME = re.compile(r".*\((?P<file>.+?)(?::\d+)?\)$")
PACKAGE = re.compile(r"site-packages/(?P<name>[a-z_]+)")


def profile(process: int, seconds: int) -> Counter[str]:
    """Return in how many samples of a process each package was at work itself. Raises LoadError.

    Only a thread that holds the interpreter is a sample. Packages are told apart by where their files lie, Mailroom's
    by the one below it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        program = str(Path(sys.executable).with_name("py-spy"))
        options = [
            "--format",
            "raw",
            "--rate",
            str(RATE),
            "--nonblocking",
            "--gil",
            "--full-filenames",
            "--output",
            str(file),
        ]
        command = [program, "record", "--pid", str(process), "--duration", str(seconds), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
        if done.returncode:
            raise LoadError(f"py-spy ended with {done.returncode}: {done.stderr[-1000:]}")
        return by_package(file.read_text(encoding="utf-8").splitlines())


def by_package(stacks: Sequence[str]) -> Counter[str]:
    """Return how many samples each package has, of stacks as `frame;frame;frame count`, the innermost frame last."""
    counted: Counter[str] = Counter()
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        counted[next(_packages(frames.split(";")), "other")] += int(count)
    return counted


def _packages(frames: Sequence[str]) -> Iterator[str]:
    for frame in reversed(frames):
        found = FRAME.match(frame)
        if found is None:
            continue
        package = PACKAGE.search(found["file"])
        if package is None:
            yield "Python's library" if "lib/python3" in found["file"] else "other"
        elif package["name"] != "mailroom":
            yield package["name"]
        else:
            yield "mailroom." + found["file"].rpartition("/mailroom/")[2].split("/")[0].removesuffix(".py")
