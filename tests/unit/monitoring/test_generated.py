"""Generated files are written, and compared, as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring import __main__ as program
from monitoring import generated

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_nothing_differs_after_writing(tmp_path: Path) -> None:
    wanted = {tmp_path / "made" / "a.yml": "a: 1\n"}

    generated.write(wanted, [tmp_path / "made"])

    assert generated.differences(wanted, [tmp_path / "made"]) == []


def test_a_file_that_was_changed_by_hand_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: 2\n", encoding="utf-8")

    lines = generated.differences({tmp_path / "a.yml": "a: 1\n"}, [tmp_path])

    assert lines[-2:] == ["-a: 2\n", "+a: 1\n"]


def test_a_file_without_a_source_is_shown_and_removed(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}\n", encoding="utf-8")

    assert generated.differences({}, [tmp_path])[-1] == "-{}\n"
    generated.write({}, [tmp_path])
    assert not (tmp_path / "old.json").exists()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yml.j2").write_text("", encoding="utf-8")

    generated.write({}, [tmp_path])

    assert (tmp_path / "a.yml.j2").exists()


def test_what_is_committed_is_what_the_sources_make(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--check"]) == 0, capsys.readouterr().out
