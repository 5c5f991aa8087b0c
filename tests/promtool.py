"""Prometheus' promtool, of the version that hosts run: in the lab's toolbox, or else as it is installed."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from tools.lint import host_tool
from tools.up import ROOT


def promtool(*arguments: str, told: str) -> tuple[int, str]:
    """Run promtool on a text; return its exit code and all that it said. Without a promtool the test is skipped."""
    done = _run(*_program(), *arguments, told=told)
    return done.returncode, done.stdout + done.stderr


@cache
def _program() -> tuple[str, ...]:
    """Return the command's words, when the toolbox stands, so that its making is no part of what promtool says."""
    check = host_tool("promtool", "promtool")
    if not check.command:
        pytest.skip(check.reason)
    made = _run(*check.command, "--version")
    assert made.returncode == 0, made.stderr
    return check.command


def _run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=False)
