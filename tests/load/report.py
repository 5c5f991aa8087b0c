"""What a load proves, as a value: in total and phase by phase."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.load.figures import longest_gap, percentile
from tests.load.phases import BEFORE, Mark, Phases, Stretch
from tests.load.recording import ANSWERED, CUTS, Ending, Failure, Outcome, Recording


@dataclass(frozen=True, slots=True)
class ReleaseSeen:
    """A value of X-Release ("" when an answer had none); first and last are seconds since the load began."""

    name: str
    answers: int
    ok: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class PhaseReport:
    """A phase, or the total. Requests count where they were due, connections where they were opened and ended.

    due: requests whose time came. sent: handed to an open connection. answered: a whole answer came, right or not.
    lost: sent and not answered. failed: due and not answered right, by kind. Latencies are of answered requests, from
    due to the last byte, in milliseconds; longest_gap_ms is the longest time without a right answer. None: no samples.
    """

    name: str
    seconds: float
    due: int
    sent: int
    answered: int
    ok: int
    lost: int
    failed: int
    failures: dict[str, int]
    opened: int
    ended: dict[str, int]
    cut: int
    unasked: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    slowest_ms: float | None
    longest_gap_ms: float
    releases: tuple[ReleaseSeen, ...]

    @property
    def clean(self) -> bool:
        """Whether every request was answered right, no connection was cut and no answer came twice."""
        return self.due > 0 and self.ok == self.due and not self.cut and not self.unasked

    @property
    def release_names(self) -> frozenset[str]:
        """The releases that answered; "" among them if an answer named none."""
        return frozenset(release.name for release in self.releases)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """All of a load. late_ms: how late the client itself was at worst; high means that this machine was too busy."""

    run: str
    started_at: str
    rate: float
    connections: int
    total: PhaseReport
    phases: tuple[PhaseReport, ...]
    first_failures: tuple[Failure, ...]
    late_ms: float
    cpu_seconds: float

    @property
    def clean(self) -> bool:
        """Whether the whole load is clean."""
        return self.total.clean

    def phase(self, name: str) -> PhaseReport:
        """Return a marked phase. Raises KeyError naming those there are."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise KeyError(f"no phase {name!r}; there are {[phase.name for phase in self.phases]}")

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(asdict(self) | {"clean": self.clean}, indent=2)


def make_report(recording: Recording, marks: Sequence[Mark], rate: float, connections: int) -> LoadReport:
    """Work out the report of a finished load."""
    phases = Phases(marks, recording.start, recording.end)
    rows: dict[str, list[int]] = {}
    for row, due in enumerate(recording.due):
        rows.setdefault(phases.name(due), []).append(row)
    early = (BEFORE,) if phases.marked and BEFORE in rows and BEFORE not in phases.marked else ()
    whole = Stretch("total", recording.start, recording.end)
    return LoadReport(
        run=recording.run,
        started_at=recording.started_at.isoformat(),
        rate=rate,
        connections=connections,
        total=_summary(recording, range(len(recording.due)), Phases((), whole.start, whole.end), "total"),
        phases=tuple(_summary(recording, rows.get(name, ()), phases, name) for name in (*early, *phases.marked)),
        first_failures=tuple(recording.failures),
        late_ms=round(recording.latest_arrival * 1000, 3),
        cpu_seconds=round(recording.cpu_seconds, 3),
    )


def _summary(recording: Recording, rows: Sequence[int], phases: Phases, name: str) -> PhaseReport:
    key = BEFORE if name == "total" else name
    stretches = phases.of(key)
    outcomes = Counter(Outcome(recording.outcome[row]) for row in rows)
    answered = [row for row in rows if recording.outcome[row] in ANSWERED]
    latencies = sorted((recording.done[row] - recording.due[row]) * 1000 for row in answered)
    sent = sum(1 for row in rows if recording.sent[row])
    endings = Counter(
        Ending(how) for at, how in zip(recording.ended, recording.ending, strict=True) if phases.name(at) == key
    )
    successes = sorted(done for done, how in zip(recording.done, recording.outcome, strict=True) if how == Outcome.OK)
    return PhaseReport(
        name=name,
        seconds=round(sum(stretch.end - stretch.start for stretch in stretches), 3),
        due=len(rows),
        sent=sent,
        answered=len(answered),
        ok=outcomes[Outcome.OK],
        lost=sent - len(answered),
        failed=len(rows) - outcomes[Outcome.OK],
        failures={how.label: outcomes[how] for how in Outcome if how is not Outcome.OK and outcomes[how]},
        opened=sum(1 for at in recording.opened if phases.name(at) == key),
        ended={how.label: endings[how] for how in Ending if endings[how]},
        cut=sum(endings[how] for how in CUTS),
        unasked=endings[Ending.UNASKED],
        p50_ms=_rounded(percentile(latencies, 50)),
        p95_ms=_rounded(percentile(latencies, 95)),
        p99_ms=_rounded(percentile(latencies, 99)),
        slowest_ms=_rounded(percentile(latencies, 100)),
        longest_gap_ms=round(max(longest_gap(successes, s.start, s.end) for s in stretches) * 1000, 3),
        releases=_releases(recording, answered),
    )


def _releases(recording: Recording, answered: Sequence[int]) -> tuple[ReleaseSeen, ...]:
    rows: dict[int, list[int]] = {}
    for row in answered:
        rows.setdefault(recording.release[row], []).append(row)
    seen = [
        ReleaseSeen(
            name=recording.releases[index],
            answers=len(its),
            ok=sum(1 for row in its if recording.outcome[row] == Outcome.OK),
            first=round(min(recording.done[row] for row in its) - recording.start, 3),
            last=round(max(recording.done[row] for row in its) - recording.start, 3),
        )
        for index, its in rows.items()
    ]
    return tuple(sorted(seen, key=lambda release: release.first))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
