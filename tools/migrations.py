"""Refuse migrations that lock a table for long or break the release before, with the reason and the safe form.

Usage: python -m tools.migrations [FOLDER]
Part of `make build`. A statement that is safe for a reason that can't be seen in it says so in a comment above it:
    -- migrate: allow RULE: the reason
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from tools.declared import migrations
from tools.migrations_rules import EXTRA, LEFT_OUT, NOT_REPEATABLE, REPEATABLE, RULES, Rule
from tools.migrations_sql import OUTSIDE, Statement, statements
from tools.wheels import ROOT, BuildError

ALLOW = re.compile(r"--\s*migrate:\s*allow\s+(?P<rule>[\w-]+)\s*(?::\s*(?P<reason>.*\S)?)?\s*$")
SHOWN = 100


@dataclasses.dataclass(frozen=True)
class Finding:
    """One statement that is refused, and by which rule."""

    file: Path
    line: int
    statement: str
    rule: str
    why: Rule

    def __str__(self) -> str:
        """Return it as people read it."""
        return (
            f"{self.file}:{self.line}: {self.statement[:SHOWN]}{'…' if len(self.statement) > SHOWN else ''}\n"
            f"  {self.rule}: {self.why.reason}\n"
            f"  safe: {self.why.safe}"
        )


def refuse_unsafe(folder: Path) -> None:
    """Refuse a folder of migrations with something unsafe in it.

    Raises:
        BuildError: all that was found, each with file, line, reason and safe form.
    """
    files = migrations(folder)
    said = squawk(files)
    found = [finding for file in files for finding in findings(file, said.get(file, []))]
    if found:
        raise BuildError(
            "\n".join(map(str, found)) + "\nWhere a statement is safe all the same, say why in a comment above it: "
            "-- migrate: allow RULE: the reason (docs/migrations.md)"
        )


def findings(file: Path, said: list[tuple[int, str, str]]) -> list[Finding]:
    """Return what is unsafe in one file.

    Args:
        file: the migration.
        said: what squawk found in it: line, rule, message.
    """
    text = file.read_text(encoding="utf-8")
    outside = text.split("\n", 1)[0].strip() == OUTSIDE
    contract = file.name.endswith(".contract.sql")
    new: set[str] = set()
    found: list[Finding] = []
    for statement in statements(text):
        rules = dict(_rules(statement, said, outside=outside))
        if statement.target in new:
            rules.clear()
        if statement.creates:
            new.add(statement.creates)
        wanted = {name: why for name, why in rules.items() if not (contract and why.contract)}
        found += [
            Finding(file, statement.first, statement.text, name, why) for name, why in _not_allowed(statement, wanted)
        ]
    return found


def _rules(statement: Statement, said: list[tuple[int, str, str]], *, outside: bool) -> Iterator[tuple[str, Rule]]:
    """Yield the rules that a statement is against, whatever it says of itself."""
    if any("squawk-ignore" in comment for comment in statement.comments):
        yield "no-reason", Rule("squawk-ignore gives no reason", "-- migrate: allow RULE: the reason")
    for line, name, message in said:
        if statement.first <= line <= statement.last:
            yield name, RULES.get(name) or Rule(message, "see https://squawkhq.com/docs/" + name)
    if outside:
        if not REPEATABLE.match(statement.text):
            yield "not-repeatable", NOT_REPEATABLE
        return
    yield from ((name, rule) for name, (pattern, rule) in EXTRA.items() if pattern.match(statement.text))


def _not_allowed(statement: Statement, rules: dict[str, Rule]) -> Iterator[tuple[str, Rule]]:
    """Yield the rules that no comment allows, and the comments that allow nothing."""
    allowed = [match for comment in statement.comments if (match := ALLOW.match(comment))]
    for match in allowed:
        if not match["reason"]:
            yield (
                match["rule"],
                Rule("the comment that allows it gives no reason", "-- migrate: allow RULE: the reason"),
            )
        elif match["rule"] not in rules:
            yield match["rule"], Rule("a comment allows what isn't there", "take the comment away")
    names = {match["rule"] for match in allowed}
    yield from ((name, why) for name, why in rules.items() if name not in names)


def squawk(files: list[Path]) -> dict[Path, list[tuple[int, str, str]]]:
    """Return what squawk found in each file, without what is left out: line, rule, message.

    Raises:
        BuildError: it isn't installed, or ended in a way of its own.
    """
    program = shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which("squawk")
    if program is None:
        raise BuildError("squawk isn't installed, which looks at migrations; `make build` installs it into .venv")
    version = yaml.safe_load((ROOT / "versions.yml").read_text(encoding="utf-8"))["versions"]["postgresql"]
    outside = [file for file in files if file.read_text(encoding="utf-8").startswith(OUTSIDE)]
    inside = [file for file in files if file not in outside]
    found: dict[Path, list[tuple[int, str, str]]] = {}
    for some, more in ((inside, ["--assume-in-transaction"]), (outside, ["--no-assume-in-transaction"])):
        if not some:
            continue
        # A configuration of whoever builds must not change what is refused.
        command = [program, "--config", "/dev/null", "--pg-version", f"{version}.0", "--reporter", "json", *more]
        done = subprocess.run([*command, *map(str, some)], capture_output=True, text=True, check=False)
        try:
            listed = json.loads(done.stdout)
        except ValueError as error:
            raise BuildError(f"squawk couldn't look at the migrations: {done.stderr.strip() or error}") from error
        for one in listed:
            if not LEFT_OUT.match(one["rule_name"]):
                place = (one["line"] + 1, one["rule_name"], one["message"])
                found.setdefault(Path(one["file"]), []).append(place)
    return found


def main(arguments: list[str]) -> int:
    """Look at a folder of migrations; 1 when something in it is unsafe."""
    folder = Path(arguments[0]) if arguments else ROOT / "app" / "migrations"
    try:
        refuse_unsafe(folder)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"{len(migrations(folder))} migrations in {folder}: none locks a table for long or breaks a release\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
