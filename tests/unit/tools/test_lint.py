"""The linters are run side by side and their verdicts are kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tools import lint
from tools.lint import Check, run
from tools.reports import Case, read_cases

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_check_that_exits_with_zero_has_passed() -> None:
    assert run(Check("quiet", python("pass"))).outcome == "passed"


def test_what_a_failed_check_printed_is_kept_from_both_streams() -> None:
    case = run(Check("loud", python("import sys; print('a'); sys.stdout.flush(); sys.exit('b')")))

    assert (case.outcome, case.detail) == ("failed", "a\nb")


def test_a_tool_that_is_not_there_is_a_failure_that_names_it() -> None:
    assert run(Check("gone", ("no-such-tool",))).detail == "no-such-tool isn't installed"


def test_a_check_without_a_command_is_a_skip_with_its_reason() -> None:
    assert run(Check("promtool", (), "only root can")) == Case("promtool", "skipped", "only root can")


def test_one_failure_fails_the_run_and_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "checks", lambda: [Check("good", python("pass")), Check("bad", python("exit(1)"))])
    report = tmp_path / "lint.xml"

    assert lint.main(["--junitxml", str(report)]) == 1
    assert {case.name: case.outcome for case in read_cases(report)} == {"lint::good": "passed", "lint::bad": "failed"}


def test_only_the_checks_named_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "checks", lambda: [Check("good", python("pass")), Check("bad", python("exit(1)"))])

    assert lint.main(["go"]) == 0


def test_shell_scripts_are_found_by_name_and_by_first_line() -> None:
    assert {"tools/bootstrap.sh", ".ci/run"} <= set(lint.shell_scripts())
