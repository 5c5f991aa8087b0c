"""Prometheus' promtool, of the version that hosts run: in the lab's toolbox, or else as it is installed."""

from __future__ import annotations

import subprocess

from tests.host_tools import host_program
from tools.up import ROOT


def promtool(*arguments: str, told: str) -> tuple[int, str]:
    """Run promtool on a text; return its exit code and all that it said. Without a promtool the test is skipped."""
    done = _run(*host_program("promtool"), *arguments, told=told)
    return done.returncode, done.stdout + done.stderr


def _run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=False)
