"""The journals that are kept here, and how journalctl is asked for a part of them."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .entry import ALIASES, LEVELS, Line, level_number

# What is said of a pattern of units that matches none in this journal. Where nothing is found, it fails without a word.
NO_SUCH_UNIT = "Failed to add filter for units: No data available"
FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,_PID"


def sources(settings: Path, wanted: Sequence[str]) -> dict[str, list[str]]:
    """Return by host which arguments have journalctl read its journal.

    Raises:
        ValueError: a wanted host has none here; the message names those that have.
    """
    read = json.loads(settings.read_text(encoding="utf-8"))
    store = Path(read["remote"])
    folders = sorted(store.iterdir()) if store.is_dir() else []
    found = {read["here"]: [], **{path.name: [f"--directory={path}"] for path in folders if path.is_dir()}}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise ValueError(f"no journal of {', '.join(unknown)} is kept here; there are: {', '.join(found)}")
    return {name: how for name, how in found.items() if not wanted or name in wanted}


def pattern_of(words: Iterable[str]) -> list[str]:
    """Return the argument with which journalctl finds the messages that all patterns match."""
    looks = [f"(?=.*{word})" for word in words]
    return [f"--grep=(?s)^{''.join(looks)}", "--case-sensitive=yes"] if looks else []


def selections(asked: argparse.Namespace) -> list[list[str]]:
    """Return journalctl's arguments; what any of them finds is wanted.

    A service that writes JSON to its standard output has its level in the message, where the journal's own priority is
    "info" for each of its lines: so a level is looked for in both.
    """
    shared = [f"--unit={unit}" for unit in asked.unit]
    shared += [f"--{name}={getattr(asked, name)}" for name in ("since", "until") if getattr(asked, name)]
    words = [rf"(?<![\w-]){re.escape(asked.request)}(?![\w-])"] if asked.request else []
    words += [asked.grep] if asked.grep else []
    if asked.level is None:
        return [[*shared, *pattern_of(words)]]
    names = [name for name in (*LEVELS, *ALIASES) if (level_number(name) or 0) <= asked.level]
    said = rf'"level": ?"(?i:{"|".join(names)})"'
    return [[*shared, f"--priority={asked.level}", *pattern_of(words)], [*shared, *pattern_of([*words, said])]]


class Reader:
    """One journalctl, and what it printed."""

    def __init__(self, host: str, arguments: list[str]) -> None:
        """Start it."""
        self.host = host
        command = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={FIELDS}"]
        # Times without a zone are UTC, as those that are shown.
        env = {**os.environ, "TZ": "UTC"}
        self._process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=env,
        )

    def entries(self) -> Iterator[tuple[str, Line]]:
        """Yield its entries with the host.

        Raises:
            ValueError: it failed; the message is what it said.
        """
        for text in self._process.stdout or ():
            yield self.host, json.loads(text)
        said = self._process.communicate()[1]
        if self._process.returncode and said.strip() and NO_SUCH_UNIT not in said:
            raise ValueError(said.strip().splitlines()[-1])

    def kill(self) -> None:
        """End it; whoever reads its entries reads to their end."""
        self._process.kill()

    def close(self) -> None:
        """End it, and forget what it had to say."""
        self._process.kill()
        self._process.communicate()
