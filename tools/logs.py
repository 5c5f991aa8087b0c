"""Search the logs of all hosts of an environment, on the host that keeps them.

Usage: python -m tools.logs [-i inventories/ENV] [--request ID] [--host NAME] [--unit UNIT] [--level LEVEL]
    [--since TIME] [--until TIME] [--grep PATTERN] [--lines N] [--follow] [--json] [arguments for ansible-playbook]
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.ask import AskError, ask, environment_of
from tools.log_lines import LEVELS, Columns
from tools.paint import Paint

SEARCH = "/usr/local/bin/slipway-logs"
LINES = 500
SINCE = "24h"
SHORT_TIME = re.compile(r"\d+(s|m|min|h|d|w)")
NOT_THERE = 127  # what a shell exits with where the program isn't on the host, and sudo says so, too
WORDS = {"warn": "warning", "err": "error", "crit": "critical", "fatal": "critical", "emerg": "emergency"}
SHAPES = {
    "request": (re.compile(r"[A-Za-z0-9_-]{1,64}"), "1 to 64 letters, digits, _ and -, as X-Request-ID has it"),
    "host": (re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"), "a host's name in the inventory"),
    "unit": (re.compile(r"[A-Za-z0-9:_.@*?\[\]\\-]+"), "a unit or a pattern of units, as in nginx or 'mailroom-*'"),
    "since": (re.compile(r"[ -~]+"), "a time as in 10m, 2h, yesterday or 2026-11-22 14:00 (UTC)"),
    "until": (re.compile(r"[ -~]+"), "a time as in 10m, 2h, yesterday or 2026-11-22 14:00 (UTC)"),
    "grep": (re.compile(r"[^\0\n]+"), "a pattern of one line"),
}


class WrongWishError(Exception):
    """Something was asked for that can't be. The message says what may be."""


class SearchError(Exception):
    """The search failed. The message says why."""


@dataclass(frozen=True)
class Place:
    """How the host that keeps the journals is reached."""

    name: str
    address: str
    port: int
    user: str
    key: str
    arguments: str

    def command(self, remote: Sequence[str]) -> list[str]:
        """Return the command that runs another one there, each of its words as it is."""
        key = ["-i", self.key] if self.key else []
        login = f"{self.user}@{self.address}" if self.user else self.address
        options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", *shlex.split(self.arguments)]
        return ["ssh", *options, *key, "-p", str(self.port), login, "--", shlex.join(remote)]


def place_of(inventory: str, more: Sequence[str]) -> Place:
    """Return where an environment's journals are.

    Raises:
        AskError: Ansible can't tell.
    """
    answers = ask("logs.yml", inventory, more)
    for name, results in answers.of("msg").items():
        told: Mapping[str, Any] = results[0]["msg"]
        return Place(name, told["address"], int(told["port"]), told["user"], told["key"], told["arguments"])
    raise AskError("; ".join(answers.lost.values()) or "the inventory has no host in the group monitoring")


def level_of(word: str) -> str:
    """Return a level by its name.

    Raises:
        WrongWishError: it is none.
    """
    name = WORDS.get(word.lower(), word.lower())
    if name not in LEVELS:
        raise WrongWishError(f"LEVEL={word}: there is no such level. There are: {', '.join(LEVELS)}")
    return name


def remote_words(asked: argparse.Namespace) -> list[str]:
    """Return the search's words, each checked.

    Raises:
        WrongWishError: one of them can't be.
    """
    if asked.lines < 0:
        raise WrongWishError(f"--lines {asked.lines}: it may be 0 (all) or more")
    words = [f"--lines={asked.lines}", *(["--follow"] if asked.follow else [])]
    if asked.level:
        words.append(f"--level={level_of(asked.level)}")
    for name, (shape, may_be) in SHAPES.items():
        value = getattr(asked, name)
        if value is None:
            continue
        if not shape.fullmatch(value):
            raise WrongWishError(f"{name.upper()}={value!r}: it must be {may_be}")
        short = name in ("since", "until") and SHORT_TIME.fullmatch(value)
        words.append(f"--{name}={'-' if short else ''}{value}")
    return words


def search(place: Place, words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the lines that a search finds, as they come.

    Raises:
        SearchError: it failed.
    """
    # It ends when its standard input does: with this process, however that ends.
    with subprocess.Popen(
        place.command(["sudo", "-n", SEARCH, *words]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - for the types: both are pipes
        assert process.stderr  # noqa: S101
        for text in process.stdout:
            yield json.loads(text)
        said = process.stderr.read().strip()
        if process.wait():
            missing = process.returncode == NOT_THERE or f"{SEARCH}: command not found" in said
            what = "the search isn't there yet; `make converge` brings it" if missing else said or "no reason was given"
            raise SearchError(f"{place.name} could not be searched: {what}")


def arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return what was asked for, and what is passed on to ansible-playbook."""
    parser = argparse.ArgumentParser(prog="python -m tools.logs", description=str(__doc__), allow_abbrev=False)
    parser.add_argument("-i", "--inventory", default="inventories/local", metavar="PATH")
    for name, (_, may_be) in SHAPES.items():
        parser.add_argument(f"--{name}", help=may_be)
    parser.add_argument("--level", help=f"this or more severe: {', '.join(LEVELS)}")
    parser.add_argument("-n", "--lines", type=int, default=LINES, metavar="N", help="the last N, 0 for all")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked, more = parser.parse_known_args(argv)
    if not asked.follow and asked.since is None:
        asked.since = SINCE
    return asked, more


def show(lines: Iterator[dict[str, Any]], asked: argparse.Namespace) -> int:
    """Print lines, all at once or as they come; return how many."""
    columns, count = Columns(Paint.of(sys.stdout)), 0
    if not asked.follow and not asked.json:
        known = list(lines)
        columns.grow(known)
        lines = iter(known)
    for count, line in enumerate(lines, 1):  # noqa: B007 - how many there were
        sys.stdout.write((json.dumps(line, ensure_ascii=False) if asked.json else columns.show(line)) + "\n")
        sys.stdout.flush()
    return count


def main(argv: Sequence[str]) -> int:
    """Search and show; 1 if that failed, 2 for a wish that can't be."""
    asked, more = arguments(argv)
    try:
        words = remote_words(asked)
        count = show(search(place_of(asked.inventory, more), words), asked)
    except WrongWishError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except AskError as error:
        sys.stderr.write(f"{environment_of(asked.inventory)} could not be asked:\n{error}\n")
        return 1
    except SearchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    if not asked.json and not asked.follow:
        cut = ", the last ones; more with ARGS='--lines 0'" if count == asked.lines else ""
        sys.stderr.write(f"{count or 'no'} line{'' if count == 1 else 's'} since {asked.since}{cut}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
