"""Migrations that a test adds to a copy of Mailroom: numbered after those that it ships."""

from __future__ import annotations

from pathlib import Path

from tools.up import ROOT

NEXT = len(list((ROOT / "app" / "migrations").glob("*.sql"))) + 1


def add_migration(source: Path, number: int, name: str, statements: str) -> str:
    """Write a migration into a copy of Mailroom's source; return its file's name."""
    file = f"{number:04}_{name}.sql"
    (source / "migrations" / file).write_text(f"{statements}\n", encoding="utf-8")
    return file
