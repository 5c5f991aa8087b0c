"""Run the previous release's own tests on the schema of the present tree: what it needs must still be there.

Usage: python -m tools.previous [--junitxml FILE] [--commit REVISION] [-- PYTEST-ARGUMENT ...]

While a release travels, and after it was taken back, the release before it serves on the new schema. So its tests of
the service on a real database, as they were in its commit, must pass with the migrations that are here now, contract
steps left out. The release before is, in this order:
  1. the newest tag `mailroom-*` before this commit;
  2. without tags: this commit, where app/migrations holds something that isn't committed;
  3. else the commit before the newest one that changed app/migrations, if there was an app/ then;
  4. else where this branch left origin/main, or, on it, the commit before this one.
In a shallow clone the rest of the history is fetched first. Where there is no earlier commit, it is a skip.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.declared import migrations
from tools.migrations_sql import OUTSIDE
from tools.reports import Case, write_cases
from tools.wheels import ROOT, BuildError

TAGS = "mailroom-*"
FETCH_SECONDS = 120
# These try `migrate` with files of their own; what the service needs of the schema is in the others.
LEFT_OUT = ("--ignore-glob=*/test_migrating*.py", "--ignore-glob=*/test_contracting.py")
# As `make test-app` runs them, in a release that can.
IN_PROCESSES = ("--numprocesses", "3", "--dist", "loadfile")
# What a file that runs outside a transaction does can be done inside of one, where nobody else is there.
CONCURRENTLY = re.compile(r"\bCONCURRENTLY\s+", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Previous:
    """The commit of the previous release, and why it is that one. `commit` is None where there is none."""

    commit: str | None
    why: str


class Repository:
    """What git knows of a repository."""

    def __init__(self, root: Path) -> None:
        """Take the folder of its work tree."""
        self.root = root

    def git(self, *arguments: str, seconds: float | None = None) -> str:
        """Return what git says, or nothing where it fails."""
        command = ["git", "-c", "safe.directory=*", *arguments]
        # Nobody is there to type a password.
        environment = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return ""
        return "" if done.returncode else done.stdout.strip()

    def has_app(self, commit: str) -> bool:
        """Whether the service was there then."""
        return bool(commit and self.git("ls-tree", commit, "app/pyproject.toml"))

    def shallow(self) -> bool:
        """Whether history is cut off here, after trying to get the rest of it."""
        if self.git("rev-parse", "--is-shallow-repository") != "true":
            return False
        self.git("fetch", "--quiet", "--unshallow", "--tags", "origin", seconds=FETCH_SECONDS)
        return self.git("rev-parse", "--is-shallow-repository") == "true"

    def previous(self) -> Previous:
        """Return the release before; the rule stands at the top of this file."""
        cut = self.shallow()
        # The last key is the first to be compared.
        order = ("--sort=-version:refname", "--sort=-creatordate")
        tags = self.git("tag", "--list", TAGS, "--merged", "HEAD", "--no-contains", "HEAD", *order)
        if tags:
            tag = tags.splitlines()[0]
            return Previous(self.git("rev-parse", f"{tag}^{{commit}}"), f"the newest tag before this commit, {tag}")
        if self.git("status", "--porcelain", "--", "app/migrations"):
            return Previous(self.git("rev-parse", "HEAD"), "this commit, since its migrations were changed since")
        newest = self.git("log", "-1", "--format=%H", "--", "app/migrations")
        before = self.git("rev-parse", "--verify", f"{newest}^") if newest else ""
        if self.has_app(before):
            return Previous(before, f"the commit before {newest[:12]}, which changed app/migrations last")
        left = self.git("merge-base", "HEAD", "origin/main")
        if left and left != self.git("rev-parse", "HEAD") and self.has_app(left):
            return Previous(left, "where this branch left origin/main")
        before = self.git("rev-parse", "--verify", "HEAD^")
        if self.has_app(before):
            return Previous(before, "the commit before this one")
        cure = (
            "the clone is shallow and the rest can't be fetched (git fetch --unshallow)" if cut else "it is the first"
        )
        return Previous(None, f"there is no earlier commit with an app/ here: {cure}")

    def export(self, commit: str, into: Path) -> None:
        """Write the service as it was in a commit into a folder.

        Raises:
            BuildError: git can't.
        """
        archive = into / "app.tar"
        command = ["git", "-c", "safe.directory=*", "archive", "--output", str(archive), commit, "app"]
        for step in (command, ["tar", "--extract", "--file", str(archive), "--directory", str(into)]):
            done = subprocess.run(step, cwd=self.root, capture_output=True, text=True, check=False)
            if done.returncode:
                raise BuildError(f"app/ of {commit} can't be had: {done.stderr.strip()}")


def lay_schema(present: Path, folder: Path) -> None:
    """Put the present migrations into a folder, in a form that every earlier `migrate` can run.

    An earlier one may not know contract steps, which aren't part of the schema yet, or files outside a transaction.
    """
    for old in folder.glob("*.sql"):
        old.unlink()
    for file in migrations(present):
        text = file.read_text(encoding="utf-8")
        if ".contract." in file.name:
            text = "SELECT 'a contract step runs later';\n"
        elif text.startswith(OUTSIDE):
            text = CONCURRENTLY.sub("", text.removeprefix(OUTSIDE))
        (folder / file.name.replace(".contract.", ".")).write_text(text, encoding="utf-8")


def run_tests(app: Path, report: Path | None, arguments: list[str]) -> int:
    """Run the tests of the service that need a database; return pytest's exit status."""
    command = ["uv", "run", "--quiet", "--directory", str(app), "--frozen", "pytest", "tests/integration", *LEFT_OUT]
    if "pytest-xdist" in (app / "pyproject.toml").read_text(encoding="utf-8"):
        command += IN_PROCESSES
    if report:
        command.append(f"--junitxml={report.resolve()}")
    # The environment is that of the commit, and goes with it.
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTEST_ADDOPTS")}
    return subprocess.run([*command, *arguments], env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Run from the command line; 1 when a test fails, 2 when they can't be run."""
    parser = argparse.ArgumentParser(prog="python -m tools.previous", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--junitxml", type=Path, metavar="FILE")
    parser.add_argument("--commit", help="another one than the rule finds")
    parser.add_argument("--repository", type=Path, default=ROOT, help="where to look, instead of here")
    parser.add_argument("pytest", nargs="*", metavar="PYTEST-ARGUMENT")
    options = parser.parse_args(arguments)
    repository = Repository(options.repository)
    found = Previous(options.commit, "as asked for") if options.commit else repository.previous()
    if found.commit is None:
        sys.stdout.write(f"skipped: {found.why}\n")
        if options.junitxml:
            write_cases(options.junitxml, "previous", [Case("the previous release's tests", "skipped", found.why)])
        return 0
    sys.stdout.write(f"the previous release is {found.commit[:12]}: {found.why}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="slipway-previous-") as scratch:
        try:
            repository.export(found.commit, Path(scratch))
            lay_schema(options.repository / "app" / "migrations", Path(scratch) / "app" / "migrations")
        except BuildError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        status = run_tests(Path(scratch) / "app", options.junitxml, options.pytest)
    if status:
        sys.stderr.write(
            f"{found.commit[:12]} doesn't work on the schema of this tree: it would fail while the release travels, "
            "and after a rollback. docs/migrations.md has the safe forms\n"
        )
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
