"""Generated files: written as a whole, compared as a whole."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SUFFIXES = {".json", ".yml"}


def write(wanted: Mapping[Path, str], folders: Iterable[Path]) -> None:
    """Write text by path, and remove what else lies in the folders: its source is gone."""
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in _lying(folders) - set(wanted):
        path.unlink()


def differences(wanted: Mapping[Path, str], folders: Iterable[Path]) -> list[str]:
    """Lines of a unified diff from the files as they are to the files as they should be; empty if they agree."""
    lines: list[str] = []
    for path in sorted(set(wanted) | _lying(folders)):
        found = path.read_text(encoding="utf-8") if path.is_file() else ""
        lines += difflib.unified_diff(
            found.splitlines(keepends=True),
            wanted.get(path, "").splitlines(keepends=True),
            f"{name_of(path)} as it is",
            f"{name_of(path)} as `python -m monitoring` would write it",
        )
    return lines


def _lying(folders: Iterable[Path]) -> set[Path]:
    return {path for folder in folders for path in folder.glob("*") if path.suffix in _SUFFIXES}


def name_of(path: Path) -> str:
    """Return a file's name as people know it: from the repository on."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
