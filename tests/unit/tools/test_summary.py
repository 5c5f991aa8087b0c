"""The last lines of `make test` say what happened, also when a stage died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.reports import Case, write_cases
from tools.summary import main, read_stage

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PASSED = Case("a", "passed", seconds=1.2)
FAILED = Case("b", "failed", "it broke\nhere")
SKIPPED = Case("c", "skipped", "not reachable")


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_the_last_line_sums_over_the_stages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(tmp_path / "lint.xml", "lint", [PASSED, SKIPPED])
    write_cases(tmp_path / "unit.xml", "unit", [PASSED, PASSED])

    assert main([str(tmp_path), "lint=0", "unit=0"]) == 0
    assert last_line(capsys) == "3 passed, 0 failed, 1 skipped"


def test_a_failed_case_fails_the_run_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(tmp_path / "unit.xml", "unit", [PASSED, FAILED])

    assert main([str(tmp_path), "unit=1"]) == 1
    assert "FAILED unit::b: it broke\n" in capsys.readouterr().out


def test_a_skip_is_shown_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_cases(tmp_path / "unit.xml", "unit", [SKIPPED])

    main([str(tmp_path), "unit=0"])

    assert "SKIPPED unit::c: not reachable\n" in capsys.readouterr().out


def test_skips_of_a_file_for_one_reason_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = [Case("d", "skipped", "not reachable"), Case("e", "skipped", "not its turn")]
    write_cases(tmp_path / "unit.xml", "unit", [SKIPPED, *more])

    main([str(tmp_path), "unit=0"])
    told = capsys.readouterr().out

    assert "SKIPPED unit, 2 tests: not reachable\nSKIPPED unit::e: not its turn\n" in told
    assert told.endswith("0 passed, 0 failed, 3 skipped\n")


def test_a_stage_without_a_report_counts_as_one_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "test-lab=2"]) == 1
    assert last_line(capsys) == "0 passed, 1 failed, 0 skipped"


def test_a_stage_that_ends_badly_after_its_tests_counts_as_a_failure(tmp_path: Path) -> None:
    write_cases(tmp_path / "test-lab.xml", "lab", [PASSED])

    assert read_stage(tmp_path, "test-lab", 3).cases[-1].detail == "ended with exit status 3, though no test failed"


def test_a_stage_may_leave_several_reports(tmp_path: Path) -> None:
    for name in ("test-lab.xml", "test-lab.release.xml", "test-labour.xml"):
        write_cases(tmp_path / name, "lab", [PASSED])

    assert read_stage(tmp_path, "test-lab", 0).count("passed") == 2


def test_a_report_cut_short_counts_as_a_failure(tmp_path: Path) -> None:
    (tmp_path / "unit.xml").write_text("<testsuites>")

    assert read_stage(tmp_path, "unit", 1).count("failed") == 1
