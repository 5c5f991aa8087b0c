"""The commands of the runbooks: each step of a pipeline by itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.contract.tree import ROOT, matching

_BLOCK = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)
# What stands in a sentence and is meant to be run as well.
_INLINE = re.compile(r"`((?:sudo |systemctl |journalctl )[^`]+)`")
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*", re.DOTALL)
_ENDS = {"|", ";", "&&", "||"}


@dataclass(frozen=True)
class Step:
    """One program and what it is given. `whole` is the line that it stands in."""

    page: str
    whole: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """What is run."""
        return self.words[0]

    def after(self, option: str) -> list[str]:
        """Return what follows each use of an option."""
        return [value for name, value in zip(self.words, self.words[1:], strict=False) if name == option]


def steps() -> list[Step]:
    """All of them, page by page."""
    return [step for path in matching("docs/runbooks/*.md") for step in _steps(path)]


def lines_of(path: Path) -> list[str]:
    """Lines that somebody runs, from the blocks and from the sentences of a page."""
    text = (ROOT / path).read_text(encoding="utf-8")
    blocks = [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]
    return blocks + _INLINE.findall(_BLOCK.sub("", text).replace("\n", " "))


def split(line: str) -> Iterator[tuple[str, ...]]:
    """Split a line into its steps, without sudo, settings of the environment and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>")
    lexer.wordchars += "$@%,+:*?=[]{}()~^!"
    lexer.commenters = ""
    found: list[str] = []
    for word in [*lexer, ";"]:
        if word not in _ENDS:
            found.append(word)
        elif words := _bare(found):
            yield words
            found = []


def _bare(words: list[str]) -> tuple[str, ...]:
    kept = list(words)
    while kept and (_ASSIGNMENT.fullmatch(kept[0]) or kept[0] == "sudo"):
        kept = kept[3:] if kept[:2] == ["sudo", "-u"] else kept[1:]
    return tuple(kept)


def _steps(path: Path) -> Iterator[Step]:
    for line in lines_of(path):
        for words in split(line):
            yield Step(path.stem, line, words)
