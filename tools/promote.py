"""Release to one environment exactly the bytes that are live, and have proved themselves, in another.

Usage: python -m tools.promote --from ENV --to ENV [--app NAME] [--version VERSION] [-- arguments for the release]

With a version it is that one or none: what was approved must be what goes. Each environment is asked as the AWS profile
that SLIPWAY_<ENVIRONMENT>_AWS_PROFILE names, where that is set, so that they may be in accounts of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.ask import ROOT
from tools.aws_profile import profile_of

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
    own = profile_of(inventory.name, os.environ)
    environment = {**os.environ, **own, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode


def promote(way: tuple[Path, Path], app: str, version: str, arguments: Sequence[str]) -> int:
    """Fetch from the one, release to the other; return the exit code of whichever failed, or 0.

    Args:
        way: the inventory of the environment where the release has proved itself, and that of the other one.
        app: the application's name; empty for the environments' first.
        version: the only one that may go; empty for whichever is live.
        arguments: passed on to the release.
    """
    source, target = way
    named = ["-e", f"app_name={app}"] if app else []
    with tempfile.TemporaryDirectory() as scratch:
        record = Path(scratch) / "promotion.json"
        code = play(source, "promote.yml", *named, "-e", f"promotion_record={record}")
        if code:
            return code
        if not record.is_file():
            sys.stderr.write(f"{source.name} has no app hosts, so nothing is live there. Nothing was changed.\n")
            return 1
        chosen = json.loads(record.read_text(encoding="utf-8"))
    if version not in ("", chosen["version"]):
        sys.stderr.write(
            f"{chosen['version']} is live in {source.name} by now, and {version} was to be promoted. "
            "Nothing was changed.\n"
        )
        return 1
    sys.stdout.write(
        f"\n{chosen['app']} {chosen['version']} goes from {chosen['from']} to {target.name}, "
        f"the same bytes: sha256 {chosen['sha256']}\n"
    )
    sys.stdout.flush()
    told = {"version": chosen["version"], "sha256": chosen["sha256"], "promoted_from": chosen["from"]}
    extra = [word for name, value in told.items() for word in ("-e", f"release_{name}={value}")]
    return play(target, "release.yml", *named, *arguments, *extra)


def main(argv: Sequence[str]) -> int:
    """Run `make promote`."""
    parser = argparse.ArgumentParser(prog="python -m tools.promote", description=__doc__)
    parser.add_argument("--from", dest="source", metavar="ENV", default="", help="where the release proved itself")
    parser.add_argument("--to", dest="target", metavar="ENV", default="", help="where it's to be released")
    parser.add_argument("--app", metavar="NAME", default="", help="which application; the first where none is named")
    parser.add_argument("--version", default="", help="the only one that may go; whichever is live where none is named")
    parser.add_argument("arguments", nargs="*", help="passed on to the release's ansible-playbook, after --")
    wish = parser.parse_args(argv)
    try:
        found = inventories(wish.source, wish.target)
    except WrongError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return promote(found, wish.app, wish.version, wish.arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
