"""Search the journals of all hosts, where they are kept; one JSON object a line, oldest first.

`make logs` asks this over SSH; a member of systemd-journal may also call it on the host, as in

    slipway-logs --request 4f1d7e0c9b1f4b0e8f7a6d5c4b3a2910 | jq .
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from .arriving import Entry, arriving
from .entry import LEVELS, Line, Seen, level_number, line_of
from .journals import Reader, selections, sources

SETTINGS = Path("/etc/slipway/journal/search.json")
FIRST = 10  # entries of each journal before one follows it


def severity(word: str) -> int:
    """Return a level's number, 0 (most severe) to 7."""
    number = level_number(word)
    if number is None:
        raise argparse.ArgumentTypeError(f"{word} is no level; there are: {', '.join(LEVELS)}")
    return number


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="slipway-logs", description=str(__doc__).splitlines()[0], allow_abbrev=False)
    parser.add_argument("--request", help="only lines with this request id")
    parser.add_argument("--host", action="append", default=[], help="only lines of this host, or of several")
    parser.add_argument("--unit", action="append", default=[], help="only lines of this unit, or pattern of units")
    parser.add_argument("--level", type=severity, help="only lines at least as severe")
    parser.add_argument("--since", help="from then on, as journalctl takes it; UTC")
    parser.add_argument("--until", help="until then")
    parser.add_argument("--grep", help="only lines whose message matches (PCRE2)")
    parser.add_argument("--lines", type=int, default=500, help="how many at most, the last ones; 0 for all")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until standard input ends")
    parser.add_argument("--settings", type=Path, default=SETTINGS, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def readers(asked: argparse.Namespace, how: Sequence[str]) -> list[Reader]:
    """Start a reader for each journal and selection."""
    found = sources(asked.settings, asked.host)
    return [Reader(host, [*where, *how, *what]) for host, where in found.items() for what in selections(asked)]


def wanted(entries: Iterator[Entry], asked: argparse.Namespace) -> Iterator[Line]:
    """Yield each entry once, as it is shown, if its level is severe enough."""
    seen = Seen()
    for host, entry in entries:
        line = line_of(host, entry)
        severe = asked.level is None or (level_number(line["level"]) or 0) <= asked.level
        if severe and seen.is_new(host, entry):
            yield line


def moment(entry: Entry) -> int:
    """Return when an entry was written, in microseconds since the epoch."""
    return int(entry[1]["__REALTIME_TIMESTAMP"])


def past(asked: argparse.Namespace) -> list[Line]:
    """Return the last lines that were wanted, oldest first."""
    reading = readers(asked, ["--reverse"])
    try:
        merged = heapq.merge(*(one.entries() for one in reading), key=moment, reverse=True)
        found = list(islice(wanted(merged, asked), asked.lines or None))
    finally:
        for one in reading:
            one.close()
    return sorted(found, key=lambda line: float(line["time"]))


def following(asked: argparse.Namespace) -> Iterator[Line]:
    """Yield lines as they come, until standard input ends."""
    # Alone, --follow shows one boot only, and fails for a sender of which nothing has come yet; --merge does neither.
    reading = readers(asked, ["--follow", "--merge", *(["--no-tail"] if asked.since else [f"--lines={FIRST}"])])
    try:
        yield from wanted(arriving(reading), asked)
    finally:
        for one in reading:
            one.kill()


def main(argv: Sequence[str]) -> int:
    """Print what is found; 1, with a reason, where that can't be done."""
    asked = arguments(argv)
    try:
        for line in following(asked) if asked.follow else past(asked):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
