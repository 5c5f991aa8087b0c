"""The tracked tree as the contract tests read it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tools.role_specs import read_yaml

ROOT = Path(__file__).resolve().parents[2]
_NESTED = ("block", "rescue", "always")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track, relative to the repository, without what was just deleted."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return tuple(sorted({path for path in paths if (ROOT / path).is_file()}))


def matching(*patterns: str) -> list[Path]:
    """Tracked files that match one of the globs; `**` crosses folders."""
    found = {path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern)}
    return [path for path in tracked() if path in found]


def lines(path: Path) -> list[str]:
    """Lines of a tracked text file."""
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def tasks(path: Path) -> Iterator[dict[str, Any]]:
    """Every task of a tasks or handlers file, those in blocks too."""
    yield from _flatten(read_yaml(ROOT / path) or [])


def _flatten(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        for key in _NESTED:
            yield from _flatten(item.get(key) or [])
