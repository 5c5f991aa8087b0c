"""Migrations as text: statements with their lines and comments, what each changes, and what it makes anew."""

from __future__ import annotations

import dataclasses
import re

# First line of a file whose statements can't run in a transaction.
OUTSIDE = "-- migrate: outside a transaction"
TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)|(?P<name>"(?:[^"]|"")*")"""
    r"|(?P<end>;)|(?P<space>\s+)|(?P<word>\w+|.)",
    re.DOTALL,
)
NAME = r"(?:ONLY )?(?P<name>[\w\".]+)"
TARGETS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"ALTER TABLE (?:IF EXISTS )?{NAME}",
        rf"CREATE (?:UNIQUE )?INDEX (?:.*?) ?ON {NAME}",
        rf"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?(?:TRIGGER|RULE|POLICY) .*? (?:ON|TO) {NAME}",
        rf"DROP (?:TABLE|INDEX|VIEW|TYPE|FUNCTION|SEQUENCE) (?:CONCURRENTLY )?(?:IF EXISTS )?{NAME}(?! ?,)",
        rf"DROP (?:TRIGGER|RULE|POLICY) (?:IF EXISTS )?\S+ ON {NAME}",
        rf"(?:TRUNCATE|LOCK)(?: TABLE)? {NAME}(?! ?,)",
        rf"(?:UPDATE|DELETE FROM|INSERT INTO|MERGE INTO) {NAME}",
    )
]
# `IF NOT EXISTS` may leave a table as it was: it isn't certainly new.
CREATES = re.compile(
    r"CREATE (?:UNLOGGED )?(?:TABLE|(?:UNIQUE )?INDEX|VIEW|TYPE|FUNCTION|SEQUENCE) (?!IF NOT EXISTS)(?P<name>[\w\".]+)",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement: its lines, its text with single spaces and without comments or literals, and its comments."""

    first: int
    last: int
    text: str
    comments: tuple[str, ...]

    @property
    def target(self) -> str | None:
        """The table or other object that it changes; None where that can't be told."""
        matches = (pattern.match(self.text) for pattern in TARGETS)
        return next((plain(match["name"]) for match in matches if match), None)

    @property
    def creates(self) -> str | None:
        """What it certainly makes anew."""
        match = CREATES.match(self.text)
        return plain(match["name"]) if match else None


def plain(name: str) -> str:
    """Return a name as PostgreSQL keeps it, without the schema that is searched anyway."""
    parts = [part[1:-1] if part.startswith('"') else part.lower() for part in re.findall(r'"[^"]*"|[^".]+', name)]
    return ".".join(parts[1:] if len(parts) > 1 and parts[0] == "public" else parts)


def statements(text: str) -> list[Statement]:
    """Split a file into its statements."""
    found: list[Statement] = []
    parts: list[str] = []
    comments: list[str] = []
    line, first = 1, 0
    for token in TOKEN.finditer(text + "\n;"):
        kind, written = token.lastgroup or "tag", token.group()
        if token["comment"]:
            comments.append(written)
        elif token["end"]:
            if said := "".join(parts).strip():
                found.append(Statement(first, line, re.sub(r"\s+", " ", said), tuple(comments)))
            parts, comments, first = [], [], 0
        else:
            first = first or (0 if kind == "space" else line)
            parts.append("''" if token["quoted"] else written)
        line += written.count("\n")
    return found
