"""Which files were saved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.dev.watching import Source


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder with two files."""
    (tmp_path / "part").mkdir()
    for name in ("a.py", "part/b.html"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    return tmp_path


def test_what_is_there_at_first_is_no_news(folder: Path) -> None:
    assert Source(folder).changed() == []


def test_a_saved_file_is_told_once(folder: Path) -> None:
    source = Source(folder)
    (folder / "part/b.html").write_text("newer", encoding="utf-8")

    assert source.changed() == [folder / "part/b.html"]
    assert source.changed() == []


def test_a_file_of_the_same_length_is_told_by_its_time(folder: Path) -> None:
    source = Source(folder)
    os.utime(folder / "a.py", ns=(1, 1))

    assert source.changed() == [folder / "a.py"]


def test_a_new_file_and_one_that_went_are_told_together(folder: Path) -> None:
    source = Source(folder)
    (folder / "part/b.html").rename(folder / "c.html")

    assert source.changed() == [folder / "c.html", folder / "part/b.html"]


def test_compiled_files_are_no_news(folder: Path) -> None:
    source = Source(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/a.pyc").write_bytes(b"")

    assert source.changed() == []


def test_a_folder_that_is_not_there_has_no_files(folder: Path) -> None:
    source = Source(folder / "later")
    (folder / "later").mkdir()
    (folder / "later/d.py").write_text("", encoding="utf-8")

    assert source.changed() == [folder / "later/d.py"]
