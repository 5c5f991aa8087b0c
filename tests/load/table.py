"""A load report for a person's eyes."""

from collections.abc import Callable, Iterator

from tests.load.recording import Ending, Outcome
from tests.load.report import LoadReport, PhaseReport

SHOWN_FAILURES = 10


def table(report: LoadReport) -> str:
    """Return the report as an aligned table, phases beside each other, then releases and the first failures."""
    columns = (report.total, *report.phases)
    cells = [["", *(column.name for column in columns)]]
    cells += [[label, *(value(column) for column in columns)] for label, value in _rows(columns)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    lines = [f"load {report.run}: {report.rate:g} requests/s over {report.connections} kept connections"]
    lines += [_line(row, widths) for row in cells]
    lines += [
        f"release {release.name or '(none named)'}: {release.answers} answers, {release.ok} right, "
        f"from {release.first:.2f} s to {release.last:.2f} s"
        for release in report.total.releases
    ]
    lines.append(_cost(report))
    shown = report.first_failures[:SHOWN_FAILURES]
    lines += [f"{failure.at:9.3f} s  {failure.request_id}  {failure.outcome}: {failure.detail}" for failure in shown]
    if report.total.failed > len(shown):
        lines.append(f"and {report.total.failed - len(shown)} more failures")
    lines.append("CLEAN: nothing lost, nothing cut" if report.clean else "NOT CLEAN")
    return "\n".join(lines)


def _rows(columns: tuple[PhaseReport, ...]) -> Iterator[tuple[str, Callable[[PhaseReport], str]]]:
    yield "seconds", lambda phase: f"{phase.seconds:.1f}"
    yield "requests due", lambda phase: str(phase.due)
    yield "sent", lambda phase: str(phase.sent)
    yield "answered", lambda phase: str(phase.answered)
    yield "failed", lambda phase: str(phase.failed)
    for outcome in Outcome:
        if any(outcome.label in column.failures for column in columns):
            yield f"  {outcome.label}", _count("failures", outcome.label)
    yield "lost", lambda phase: str(phase.lost)
    yield "connections opened", lambda phase: str(phase.opened)
    yield "connections cut", lambda phase: str(phase.cut)
    for ending in Ending:
        if any(ending.label in column.ended for column in columns):
            yield f"  ended {ending.label}", _count("ended", ending.label)
    yield "p50 ms", lambda phase: _ms(phase.p50_ms)
    yield "p95 ms", lambda phase: _ms(phase.p95_ms)
    yield "p99 ms", lambda phase: _ms(phase.p99_ms)
    yield "slowest ms", lambda phase: _ms(phase.slowest_ms)
    yield "longest gap ms", lambda phase: _ms(phase.longest_gap_ms)


def _count(kinds: str, label: str) -> Callable[[PhaseReport], str]:
    return lambda phase: str(getattr(phase, kinds).get(label, 0))


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _line(row: list[str], widths: list[int]) -> str:
    label, *values = row
    return "  ".join([label.ljust(widths[0]), *(v.rjust(w) for v, w in zip(values, widths[1:], strict=True))]).rstrip()


def _cost(report: LoadReport) -> str:
    share = report.cpu_seconds / report.total.seconds if report.total.seconds else 0.0
    each = report.cpu_seconds / report.total.due * 1000 if report.total.due else 0.0
    return (
        f"the client: {share:.1%} of one core, {each:.2f} ms of CPU a request, "
        f"at most {report.late_ms:.1f} ms late with a request"
    )
