"""Which of many cases and files a run plays: a share that differs from commit to commit, so that all have their turn.

SLIPWAY_ALL_CASES=1 plays all. The figures in docs/ come from such runs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import TypeVar

import pytest

from tools.up import ROOT

ALL = "SLIPWAY_ALL_CASES"

Case = TypeVar("Case")


def everything() -> bool:
    """Whether every case is to be played."""
    return bool(os.environ.get(ALL))


def in_turn(cases: Sequence[Case], parts: int) -> list[Case]:
    """Return every case, or those of this commit's turn: one of ``parts`` shares."""
    if everything():
        return list(cases)
    return list(cases[_commit() % parts :: parts])


def share(own: int, parts: int) -> pytest.MarkDecorator:
    """Return a mark for a file whose tests are played in every ``parts``-th commit, and skipped in the others."""
    due = everything() or _commit() % parts == own
    return pytest.mark.skipif(not due, reason=f"it is played in one of {parts} commits; {ALL}=1 plays all")


def _commit() -> int:
    """Return the number of commits up to this one, 0 where git doesn't know."""
    command = ["git", "-c", "safe.directory=*", "rev-list", "--count", "HEAD"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(told.stdout) if told.returncode == 0 else 0
