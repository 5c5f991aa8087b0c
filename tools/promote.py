"""Release to one environment exactly the bytes that are live, and have proved themselves, in another.

Usage: python -m tools.promote FROM TO [arguments for the release's ansible-playbook]
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.ask import ROOT

USAGE = 2  # the exit code of a command line that can't be


class WrongError(Exception):
    """What was asked for can't be. The message says what can."""


def inventory_of(environment: str, word: str) -> Path:
    """Return the inventory of an environment, by its name or its path.

    Raises:
        WrongError: there is none.
    """
    path = Path(environment) if "/" in environment else ROOT / "inventories" / environment
    if not environment or not path.exists():
        there = ", ".join(sorted(folder.name for folder in (ROOT / "inventories").iterdir()))
        raise WrongError(f'{word} is "{environment}"; there is no such environment. There are: {there}')
    return path.resolve()


def inventories(source: str, target: str) -> tuple[Path, Path]:
    """Return the inventories of the two environments.

    Raises:
        WrongError: one isn't there, or they are the same.
    """
    found = inventory_of(source, "FROM"), inventory_of(target, "TO")
    if found[0] == found[1]:
        raise WrongError(f"FROM and TO are both {source}; promotion goes from one environment to another")
    return found


def play(inventory: Path, playbook: str, *arguments: str) -> int:
    """Run a playbook, its output shown; return its exit code."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), f"playbooks/{playbook}"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode


def application(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that choose an application, which both playbooks must know."""
    pairs = itertools.pairwise(arguments)
    return [word for flag, value in pairs if flag == "-e" and value.startswith("app_name=") for word in (flag, value)]


def promote(source: Path, target: Path, arguments: Sequence[str]) -> int:
    """Fetch from the one, release to the other; return the exit code of whichever failed, or 0."""
    with tempfile.TemporaryDirectory() as scratch:
        record = Path(scratch) / "promotion.json"
        code = play(source, "promote.yml", *application(arguments), "-e", f"promotion_record={record}")
        if code:
            return code
        if not record.is_file():
            sys.stderr.write(f"{source.name} has no app hosts, so nothing is live there. Nothing was changed.\n")
            return 1
        chosen = json.loads(record.read_text(encoding="utf-8"))
    sys.stdout.write(
        f"\n{chosen['app']} {chosen['version']} goes from {chosen['from']} to {target.name}, "
        f"the same bytes: sha256 {chosen['sha256']}\n"
    )
    sys.stdout.flush()
    told = {"version": chosen["version"], "sha256": chosen["sha256"], "promoted_from": chosen["from"]}
    extra = [word for name, value in told.items() for word in ("-e", f"release_{name}={value}")]
    return play(target, "release.yml", *arguments, *extra)


def main(argv: Sequence[str]) -> int:
    """Run `make promote`."""
    source, target, *arguments = [*argv, "", ""][: max(len(argv), 2)]
    try:
        found = inventories(source, target)
    except WrongError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return promote(*found, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
