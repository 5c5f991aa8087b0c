"""How long statements take, and how PostgreSQL goes about them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from support.plans import Asked, nodes, plan, read_whole, text_of

LIMIT_MS = 50.0
# Read from end to end these grow without end.
LARGE = frozenset({"messages", "message_events", "message_tags", "statistics_top", "statistics_days"})
_EXPLAINABLE = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Timed:
    """One statement of a request: median and longest time in ms, pages touched, and the ways it read tables."""

    name: str
    median: float
    longest: float
    pages: int
    ways: str
    whole: frozenset[str]
    judged: bool

    @property
    def good(self) -> bool:
        """Whether it is fast enough, and will stay so."""
        return not self.judged or (self.median < LIMIT_MS and not self.whole)


def timed(
    connection: Connection[Any], name: str, asked: Sequence[Asked], times: int, *, judged: bool = True
) -> list[Timed]:
    """Run each statement so many times, each undone, and return how it went."""
    return [
        _timed(connection, name, one, times, judged=judged)
        for one in asked
        if text_of(connection, one).lstrip().upper().startswith(_EXPLAINABLE)
    ]


def _timed(connection: Connection[Any], name: str, asked: Asked, times: int, *, judged: bool) -> Timed:
    found = [plan(connection, asked, "ANALYZE, BUFFERS") for _ in range(times)]
    took = [one["Planning Time"] + one["Execution Time"] for one in found]
    last = found[-1]
    ways = dict.fromkeys(
        f"{node['Node Type']} {node.get('Index Name') or node['Relation Name']}"
        for node in nodes(last)
        if "Index Name" in node or ("Relation Name" in node and node["Node Type"].endswith("Seq Scan"))
    )
    pages = last["Plan"]["Shared Hit Blocks"] + last["Plan"]["Shared Read Blocks"]
    whole = frozenset(read_whole(last) & LARGE)
    return Timed(name, statistics.median(took), max(took), pages, ", ".join(ways), whole, judged)


def table(rows: Sequence[Timed]) -> str:
    """Return the rows as text."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'':<{width}}  {'median ms':>9}  {'longest':>8}  {'pages':>7}  "]
    for row in rows:
        mark = "  " if row.good else "! "
        lines.append(f"{row.name:<{width}}  {row.median:>9.2f}  {row.longest:>8.2f}  {row.pages:>7}  {mark}{row.ways}")
    return "\n".join(lines) + "\n"
