"""A copy of Mailroom's source, in which tests save files."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.wheels import ROOT

PARTS = ("src", "migrations", "pyproject.toml", "uv.lock", "release_version.py", "README.md")
# What /health/live says stands here: a word more in it shows whose code answers.
LIVE = "src/mailroom/health/routes.py"
SAID = 'def live() -> Response:\n        return jsonify(status="ok"'


def copy_of_source(folder: Path) -> Path:
    """Return a copy of Mailroom's source in a folder."""
    for name in PARTS:
        part = ROOT / "app" / name
        copy = shutil.copytree if part.is_dir() else shutil.copy
        copy(part, folder / name)
    return folder


def save(source: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file of the source."""
    text = (source / name).read_text(encoding="utf-8")
    assert old in text
    (source / name).write_text(text.replace(old, new), encoding="utf-8")


def save_migration(source: Path, text: str) -> str:
    """Write a migration behind the newest; return its name."""
    newest = max(path.name for path in (source / "migrations").iterdir())
    name = f"{int(newest[:4]) + 1:04d}_try.sql"
    (source / "migrations" / name).write_text(text, encoding="utf-8")
    return name
