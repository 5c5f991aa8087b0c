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
TURNS = 6  # of files, whose cost is about the same in each

Case = TypeVar("Case")


def everything() -> bool:
    """Whether every case is to be played."""
    return bool(os.environ.get(ALL))


def in_turn(cases: Sequence[Case], parts: int, *, of_a_share: bool = False) -> list[Case]:
    """Return every case, or those of this commit's turn: one of ``parts`` shares.

    Args:
        cases: all of them.
        parts: in how many runs all of them are played.
        of_a_share: whether the file has a turn itself; then its own runs are counted, and not all commits.
    """
    if everything():
        return list(cases)
    runs = _commit() // TURNS if of_a_share else _commit()
    return list(cases[runs % parts :: parts])


def is_due(own: int) -> bool:
    """Return whether it is the turn of a file, or of tests, whose number is ``own`` (0 to TURNS - 1)."""
    return own in in_turn(range(TURNS), TURNS)


def share(own: int) -> pytest.MarkDecorator:
    """Return a mark for tests that are played when it is their turn, and skipped in the other commits."""
    return pytest.mark.skipif(not is_due(own), reason=f"it is played in one of {TURNS} commits; {ALL}=1 plays all")


def _commit() -> int:
    """Return the number of commits up to this one, 0 where git doesn't know."""
    command = ["git", "-c", "safe.directory=*", "rev-list", "--count", "HEAD"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(told.stdout) if told.returncode == 0 else 0
