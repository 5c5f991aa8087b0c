"""What a way of releasing cost, as a value."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.load.report import LoadReport

REST, DURING = "rest", "during"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the table. Counts and times are of the phase `during`, from the first release to the end.

    took: seconds of each release after which the new version answered. late_ms: how late the client was at worst.
    rest_failed: what failed before the first release; more than 0 means that the measurement is worth nothing.
    """

    title: str
    releases: int
    took: tuple[float, ...]
    requests: int
    failed: int
    cut: int
    longest_gap_ms: float
    rest_p99_ms: float | None
    during_p99_ms: float | None
    late_ms: float
    rest_failed: int

    @property
    def answered(self) -> int:
        """After how many releases the new version answered."""
        return len(self.took)

    @property
    def seconds(self) -> float | None:
        """The median of the releases' seconds; None where no new version ever answered."""
        return statistics.median(self.took) if self.took else None


def outcome(title: str, report: LoadReport, took: Sequence[float | None]) -> Outcome:
    """Return the row of a finished load; `took` has None for a release whose version never answered."""
    rest, during = report.phase(REST), report.phase(DURING)
    return Outcome(
        title=title,
        releases=len(took),
        took=tuple(seconds for seconds in took if seconds is not None),
        requests=during.due,
        failed=during.failed,
        cut=during.cut,
        longest_gap_ms=during.longest_gap_ms,
        rest_p99_ms=rest.p99_ms,
        during_p99_ms=during.p99_ms,
        late_ms=report.late_ms,
        rest_failed=rest.failed + rest.cut,
    )
