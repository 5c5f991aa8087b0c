"""Which of many cases a run plays: a share of them that differs from commit to commit, so that all have their turn.

SLIPWAY_ALL_CASES=1 plays all. The figures in docs/ come from such runs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import TypeVar

from tools.up import ROOT

ALL = "SLIPWAY_ALL_CASES"

Case = TypeVar("Case")


def in_turn(cases: Sequence[Case], parts: int) -> list[Case]:
    """Return every case, or those of this commit's turn: one of ``parts`` shares."""
    if os.environ.get(ALL):
        return list(cases)
    return list(cases[_commit() % parts :: parts])


def _commit() -> int:
    """Return the number of commits up to this one, 0 where git doesn't know."""
    command = ["git", "-c", "safe.directory=*", "rev-list", "--count", "HEAD"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(told.stdout) if told.returncode == 0 else 0
