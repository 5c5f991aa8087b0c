"""Every check that reads files and runs nothing: one line each, and what it said if it failed.

Usage: python -m tools.lint [--junitxml FILE] [NAME ...]
The checks run side by side, as many as there are processors. A tool that isn't on PATH comes from the lab's image.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tools.reports import Case, write_cases

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Check:
    """A command that exits non-zero, and says why, when something is wrong. An empty command is a skip."""

    name: str
    command: tuple[str, ...]
    reason: str = ""


def checks() -> list[Check]:
    """All of them, the slowest first so that they overlap with the rest."""
    python = sys.executable
    rules = _files("monitoring/rules", "**/*.yml")
    rule_tests = _files("monitoring/tests", "*.yml")
    return [
        Check("ansible-lint", ("ansible-lint", "--offline", "--nocolor", "-q")),
        Check("mypy", (python, "-m", "mypy")),
        Check("mypy app", ("uv", "run", "--quiet", "--directory", "app", "--frozen", "mypy")),
        Check("yamllint", ("yamllint", "--strict", ".")),
        Check("ruff check", ("ruff", "check", "--quiet", ".")),
        Check("ruff format", ("ruff", "format", "--check", "--quiet", ".")),
        host_tool("shellcheck", "shellcheck", *shell_scripts()),
        host_tool("promtool check rules", "promtool", "check", "rules", "--lint=all", "--lint-fatal", *rules),
        host_tool("promtool test rules", "promtool", "test", "rules", *rule_tests),
        Check("generated: rules and dashboards", (python, "-m", "monitoring", "--check")),
        Check("generated: docs/variables.md", (python, "-m", "tools.variables_doc", "--check")),
        Check("generated: docs/cost.md", (python, "-m", "tools.cost", "--check", "docs/cost.md")),
    ]


def shell_scripts() -> list[str]:
    """Tracked files that a shell runs, by their first line, relative to the repository."""
    tracked = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in tracked.split("\0") if name and _is_shell(ROOT / name)]


def host_tool(name: str, *command: str) -> Check:
    """Return the check that runs a Debian 13 program: from the lab's image as root, where the version is the hosts'."""
    if os.geteuid() == 0 and sys.platform == "linux":
        return Check(name, (sys.executable, "-m", "tests.lab", "tool", "--", *command))
    if shutil.which(command[0]):
        return Check(name, command)
    return Check(name, (), f"{command[0]} isn't installed, and only root can take it from the lab's image")


def run(check: Check) -> Case:
    """Run one check; what it printed is the failure's detail."""
    if not check.command:
        return Case(check.name, "skipped", check.reason)
    started = time.monotonic()
    try:
        done = subprocess.run(
            check.command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except FileNotFoundError:
        return Case(check.name, "failed", f"{check.command[0]} isn't installed")
    seconds = time.monotonic() - started
    return Case(check.name, "failed" if done.returncode else "passed", done.stdout.strip(), seconds)


def main(arguments: list[str]) -> int:
    """Run the checks named, or all; 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.lint", description=__doc__)
    parser.add_argument("--junitxml", type=Path, metavar="FILE")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a check's name or its beginning; all if none is named"
    )
    options = parser.parse_args(arguments)
    wanted = [check for check in checks() if not options.names or check.name.startswith(tuple(options.names))]
    cases = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for future in as_completed([pool.submit(run, check) for check in wanted]):
            cases.append(future.result())
            sys.stdout.write(_line(cases[-1]))
            sys.stdout.flush()
    if options.junitxml:
        write_cases(options.junitxml, "lint", cases)
    return 1 if any(case.outcome == "failed" for case in cases) else 0


def _line(case: Case) -> str:
    head = f"{case.outcome:<8} {case.name} ({case.seconds:.1f} s)"
    return f"{head}\n" if case.outcome == "passed" else f"{head}\n{case.detail}\n"


def _files(folder: str, pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).glob(pattern))


def _is_shell(path: Path) -> bool:
    if path.suffix == ".sh":
        return True
    if path.suffix or not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline(100)
    return first.startswith(b"#!") and first.split()[-1].rsplit(b"/", 1)[-1] in {b"sh", b"bash", b"dash"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
