"""Prometheus' promtool, of the version that hosts run: in the lab's toolbox, or else as it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache

import pytest

from tools.up import ROOT


def promtool(*arguments: str, told: str) -> tuple[int, str]:
    """Run promtool on a text; return its exit code and all that it said. Without a promtool the test is skipped."""
    done = _run(*_program(), *arguments, told=told)
    return done.returncode, done.stdout + done.stderr


@cache
def _program() -> tuple[str, ...]:
    """Return the command's words, when the toolbox stands, so that its making is no part of what promtool says."""
    if os.geteuid() == 0 and sys.platform == "linux":
        words = (sys.executable, "-m", "tests.lab", "tool", "--", "promtool")
        made = _run(*words, "--version")
        assert made.returncode == 0, made.stderr
        return words
    if not shutil.which("promtool"):
        pytest.skip("promtool isn't installed, and only root can take it from the lab's image")
    return ("promtool",)


def _run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=False)
