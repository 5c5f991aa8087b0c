"""The scripts that GitHub's workflows call, each alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    **{f"GIT_{who}_{what}": "ann@x.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | GIT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def script(folder: Path, name: str, *arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "tools" / name), *arguments]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(command, env=plain | GIT | told, check=False, capture_output=True, text=True)


def stand_in(path: Path, text: str) -> None:
    """Put a program in the place of one that a script calls."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Path:
    """Return a repository with the scripts and two commits."""
    folder = tmp_path / "repository"
    (folder / "tools").mkdir(parents=True)
    for path in (ROOT / "tools").glob("ci_*.sh"):
        shutil.copy(path, folder / "tools")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    for message in ("first", "second"):
        git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return folder


def test_a_tag_at_the_commit_is_the_version(repository: Path) -> None:
    git(repository, "tag", "mailroom-1.4.0")

    assert script(repository, "ci_version.sh").stdout == "1.4.0\n"


def test_after_a_tag_commits_are_counted_and_the_last_is_named(repository: Path) -> None:
    git(repository, "tag", "mailroom-1.4.0rc1", "HEAD^")
    commit = git(repository, "rev-parse", "--short=10", "HEAD")

    assert script(repository, "ci_version.sh").stdout == f"1.4.0rc1.post1+g{commit}\n"


def test_before_the_first_tag_all_commits_are_counted(repository: Path) -> None:
    git(repository, "tag", "other-3.0.0")
    commit = git(repository, "rev-parse", "--short=10", "HEAD")

    assert script(repository, "ci_version.sh").stdout == f"0.0.0.post2+g{commit}\n"


def test_a_service_of_ones_own_has_tags_of_its_own(repository: Path) -> None:
    git(repository, "tag", "mailroom-1.4.0")
    git(repository, "tag", "guest-book-2.0")

    assert script(repository, "ci_version.sh", "guest-book").stdout == "2.0\n"


@pytest.mark.parametrize("tag", ["mailroom-1.4;reboot", "mailroom-01.4", "mailroom-1.4-beta", "mailroom-1.4.post1"])
def test_a_tag_that_is_no_version_is_refused(repository: Path, tag: str) -> None:
    git(repository, "tag", tag)

    done = script(repository, "ci_version.sh")

    assert (done.returncode, done.stdout) == (1, "")
    assert f"the tag {tag} is no version; it must be as in mailroom-1.4.0 or mailroom-1.4.0rc1" in done.stderr


def test_a_shallow_clone_is_refused(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")

    done = script(tmp_path / "shallow", "ci_version.sh")

    assert done.returncode == 1
    assert "the clone is shallow" in done.stderr


def test_what_was_built_is_told_to_the_jobs_after_it(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "guestbook-2.0")
    (repository / "book").mkdir()
    (repository / "book/pyproject.toml").write_text('[project]\nname = "guestbook"\n', encoding="utf-8")
    making = 'build:\n\t@mkdir -p dist; printf "$(SOURCE)" > dist/guestbook-$(VERSION).tar.gz\n'
    (repository / "Makefile").write_text(making, encoding="utf-8")

    done = script(repository, "ci_build.sh", "book", GITHUB_OUTPUT=str(tmp_path / "output"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == (
        f"version=2.0\nsha256={hashlib.sha256(b'book').hexdigest()}\n"
    )


@pytest.mark.parametrize("code", [0, 2])
def test_a_stage_ends_as_its_tests_do_and_leaves_word_of_it(repository: Path, code: int) -> None:
    (repository / "Makefile").write_text(f"test-unit:\n\t@exit {code}\n", encoding="utf-8")

    done = script(repository, "ci_stage.sh", "test-unit")

    assert done.returncode == code
    assert (repository / ".reports/test-unit.status").read_text(encoding="utf-8") == f"{code}\n"


@pytest.fixture(name="reports")
def _reports(repository: Path) -> Path:
    """Return the reports of two stages that passed, in a repository that has them and can sum them up."""
    for name in ("__init__.py", "summary.py", "reports.py"):
        shutil.copy(ROOT / "tools" / name, repository / "tools")
    (repository / "Makefile").write_text("STAGES  := lint test-unit\n", encoding="utf-8")
    folder = repository / ".reports"
    folder.mkdir()
    for stage in ("lint", "test-unit"):
        report = f'<testsuites><testsuite name="{stage}"><testcase name="a" time="1"/></testsuite></testsuites>'
        (folder / f"{stage}.xml").write_text(report, encoding="utf-8")
        (folder / f"{stage}.status").write_text("0\n", encoding="utf-8")
    return folder


def test_all_stages_are_summed_up_on_the_runs_page(repository: Path, reports: Path) -> None:
    page = repository / "page.md"

    done = script(repository, "ci_summary.sh", str(reports), GITHUB_STEP_SUMMARY=str(page))

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    assert page.read_text(encoding="utf-8").startswith("## Tests\n\n```text\nlint ")


@pytest.mark.parametrize("lost", ["lint.xml", "lint.status"])
def test_a_stage_that_left_no_word_has_failed(repository: Path, reports: Path, lost: str) -> None:
    (reports / lost).unlink()

    done = script(repository, "ci_summary.sh")

    assert done.returncode == 1
    assert "1 failed" in done.stdout.splitlines()[-1]


@pytest.fixture(name="called")
def _called(repository: Path) -> Path:
    """Return the file in which the environment's Python, which stands in for tools.access, notes how it was called."""
    note = repository / "called"
    stand_in(repository / "tools/bootstrap.sh", f'#!/bin/sh\necho "bootstrap $*" > {note}\n')
    stand_in(repository / ".venv/bin/python", f'#!/bin/sh\necho "python $*" >> {note}\n')
    return note


def test_a_command_on_hosts_has_access_and_a_door(repository: Path, called: Path) -> None:
    done = script(repository, "ci_on_hosts.sh", "staging", "--", "make", "status")

    assert done.returncode == 0, done.stderr
    assert called.read_text(encoding="utf-8") == (
        "bootstrap control\npython -m tools.access --door staging -- make status\n"
    )


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("status", ""), "status ENV=production"),
        (("converge", "break-lock"), "converge ENV=production"),
        (("rollback", ""), "rollback ENV=production WAIT=10m"),
        (("rollback", "break-lock"), "rollback ENV=production BREAK_LOCK=1"),
    ],
)
def test_what_may_be_started_from_the_web(repository: Path, called: Path, words: tuple[str, str], command: str) -> None:
    done = script(repository, "ci_operate.sh", "production", *words)

    assert done.returncode == 0, done.stderr
    assert called.read_text(encoding="utf-8").splitlines()[-1] == (
        f"python -m tools.access --door production -- make --no-print-directory {command}"
    )


def test_a_promotion_from_the_web_has_access_to_both_environments(repository: Path, called: Path) -> None:
    done = script(repository, "ci_operate.sh", "production", "promote", "1.4.0.post7+g1f0c3a9e2b")

    assert done.returncode == 0, done.stderr
    assert called.read_text(encoding="utf-8").splitlines()[-1] == (
        "python -m tools.access --door staging production -- make --no-print-directory promote "
        "FROM=staging TO=production WAIT=10m VERSION=1.4.0.post7+g1f0c3a9e2b"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("production", "teardown"),
            "unknown command 'teardown': status, releases, check, converge, promote or rollback",
        ),
        (("staging", "promote"), "promote goes to production, not to staging"),
        (("production", "promote", "1.4;reboot"), "'1.4;reboot' is no version"),
    ],
)
def test_nothing_else_may_be_started_from_the_web(
    repository: Path, called: Path, words: tuple[str, ...], message: str
) -> None:
    done = script(repository, "ci_operate.sh", *words)

    assert (done.returncode, done.stderr) == (2, f"ci_operate: {message}\n")
    assert not called.exists()
