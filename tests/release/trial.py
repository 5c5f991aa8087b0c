"""What came of a release under load: its last words, what was lost, and how soon all lanes were back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.load.report import LoadReport
from tests.playing import Played

LANES = 20


@dataclass(frozen=True)
class Trial:
    """What came of a release under load.

    Attributes:
        old: the version that was live.
        new: the version that was released.
        slot: the slot of the new version.
        played: the release.
        report: what the load saw.
        moves: per host, when how many lanes pointed at the new slot from then on (seconds since the epoch), in order.
    """

    old: str
    new: str
    slot: str
    played: Played = field(repr=False)
    report: LoadReport = field(repr=False)
    moves: dict[str, list[tuple[float, int]]]

    @property
    def last_words(self) -> str:
        """The last message of the release, on one line, since Ansible folds it."""
        said = self.played.output.rpartition("TASK [app : Say why the release failed]")[2]
        return " ".join(said.partition("PLAY RECAP")[0].split())

    @property
    def began(self) -> float:
        """When the load began, in seconds since the epoch."""
        return datetime.fromisoformat(self.report.started_at).timestamp()

    @property
    def failed(self) -> int:
        """How many requests of the load failed."""
        return self.report.total.failed

    def share(self) -> float:
        """Return how many requests were due for the new version, by its lanes and the time that it had them."""
        until = self.began + self.report.total.seconds
        held = 0.0
        for moves in self.moves.values():
            held += sum(lanes * (end - start) for (start, lanes), (end, _) in pairwise([*moves, (until, 0)]))
        return self.report.rate * held / (LANES * len(self.moves)) if self.moves else 0.0

    def first_bad(self) -> float | None:
        """Return when the first answer went wrong; else when the new version, whose answers look well, gave its first.

        Seconds since the epoch; None where nobody noticed anything.
        """
        wrong = [failure.at for failure in self.report.first_failures]
        new = [seen.first for seen in self.report.total.releases if seen.name == self.new]
        return self.began + min(wrong or new) if wrong or new else None

    def seconds_to_back(self) -> float | None:
        """Return the seconds between the first bad answer and the last lane's way back; None where there was none."""
        bad = self.first_bad()
        if bad is None or not self.moves or any(moves[-1][1] for moves in self.moves.values()):
            return None
        return max(moves[-1][0] for moves in self.moves.values()) - bad

    def figure(self) -> str:
        """Return the figures in a line. The probe may meet a fault, and have all lanes back, before the load does."""
        total, back = self.report.total, self.seconds_to_back()
        said = f"{total.failed} of {total.sent}; its lanes' share {self.share():.0f}"
        if back is None:
            took = "not back" if self.moves else "no lane moved"
        else:
            took = f"back in {back:.1f} s" if back >= 0 else "back before the load's first bad answer"
        return f"{said}; {took}; {self.played.seconds:.0f} s in all"


def read_moves(notes: Path, slot: str) -> dict[str, list[tuple[float, int]]]:
    """Return when how many lanes pointed at a slot, by host, from what the callback lane_times noted."""
    moves: dict[str, list[tuple[float, int]]] = {}
    for line in map(json.loads, notes.read_text(encoding="utf-8").splitlines()):
        moves.setdefault(line["host"], []).append((line["at"], line["lanes"][slot]))
    return moves
