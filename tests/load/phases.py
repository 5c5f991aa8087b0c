"""Phases of a load: named stretches of time that a test marks, such as `rest` and `during`."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

BEFORE = "before"  # what came due before the first mark


@dataclass(frozen=True, slots=True)
class Mark:
    """From `at` (seconds of the monotonic clock) on, the phase is `name`."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of time that belongs to one phase. A phase that was marked twice has two."""

    name: str
    start: float
    end: float


class Phases:
    """Tells which phase a moment belongs to."""

    def __init__(self, marks: Iterable[Mark], start: float, end: float) -> None:
        """The load ran from `start` to `end`; marks outside that time are moved to its edge."""
        moved = [Mark(mark.name, min(max(mark.at, start), end)) for mark in sorted(marks, key=lambda mark: mark.at)]
        bounds = [Mark(BEFORE, start), *moved]
        ends = [mark.at for mark in moved] + [end]
        self.stretches = tuple(Stretch(mark.name, mark.at, upto) for mark, upto in zip(bounds, ends, strict=True))
        self._starts = [mark.at for mark in bounds]
        self.marked = tuple(dict.fromkeys(mark.name for mark in moved))

    def name(self, moment: float) -> str:
        """Return the phase of a moment."""
        return self.stretches[max(0, bisect.bisect_right(self._starts, moment) - 1)].name

    def of(self, name: str) -> tuple[Stretch, ...]:
        """Return the stretches of a phase."""
        return tuple(stretch for stretch in self.stretches if stretch.name == name)
