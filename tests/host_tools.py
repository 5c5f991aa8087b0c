"""Programs of the version that hosts run: in the lab's toolbox, or else as they are installed."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from tools.lint import host_tool
from tools.up import ROOT


@cache
def host_program(name: str, version: str = "--version") -> tuple[str, ...]:
    """Return the words that call a program, when the toolbox stands, so that its making is no part of what it says.

    Without the program the test is skipped.

    Args:
        name: the program's.
        version: the argument at which it tells its version and does nothing else.
    """
    check = host_tool(name, name)
    if not check.command:
        pytest.skip(check.reason)
    made = subprocess.run([*check.command, version], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return check.command
