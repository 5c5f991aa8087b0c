"""JUnit reports are read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.reports import Case, read_cases, write_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new folder/lint.xml"

    write_cases(path, "lint", [Case("ruff", "passed", seconds=0.5), Case("mypy", "failed", 'a.py:1: "x" <y>')])

    assert read_cases(path) == [
        Case("lint::ruff", "passed", "", 0.5),
        Case("lint::mypy", "failed", 'a.py:1: "x" <y>', 0.0),
    ]


def test_an_error_in_a_fixture_counts_as_failed(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    path.write_text(
        '<testsuites><testsuite><testcase name="a"><error message="no database"/></testcase></testsuite></testsuites>'
    )

    assert read_cases(path) == [Case("a", "failed", "no database", 0.0)]


def test_a_skip_keeps_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    write_cases(path, "unit", [Case("grafana", "skipped", "its repository can't be reached")])

    assert read_cases(path)[0].detail == "its repository can't be reached"


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    path.write_text("<testsuites><testsuite>")

    with pytest.raises(ValueError, match=r"unit\.xml isn't a JUnit report"):
        read_cases(path)
