"""The comparison for a person's eyes: aligned in a terminal, and as Markdown."""

from collections.abc import Iterator, Sequence

from tests.load.compare.outcome import Outcome

HEAD = (
    "way to release",
    "releases",
    "new version answers",
    "requests",
    "failed",
    "connections cut",
    "longest gap ms",
    "p99 ms at rest",
    "p99 ms during",
    "s a release",
)


def cells(row: Outcome) -> tuple[str, ...]:
    """Return a row's cells, as many as HEAD has."""
    verdict = "yes" if row.answered == row.releases else f"NO, after {row.answered} of {row.releases}"
    return (
        row.title,
        str(row.releases),
        verdict,
        str(row.requests),
        str(row.failed),
        str(row.cut),
        f"{row.longest_gap_ms:.0f}",
        _number(row.rest_p99_ms, 1),
        _number(row.during_p99_ms, 1),
        _number(row.seconds, 2),
    )


def remarks(rows: Sequence[Outcome]) -> Iterator[str]:
    """Yield what a reader must know before believing the rows."""
    late = max(rows, key=lambda row: row.late_ms)
    yield f"The client itself was at most {late.late_ms:.0f} ms late with a request ({late.title})."
    for row in rows:
        if row.rest_failed:
            yield f"{row.title}: {row.rest_failed} requests or connections were lost at rest, before any release."


def text(rows: Sequence[Outcome]) -> str:
    """Return rows as an aligned table, remarks below it."""
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    aligned = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in lines
    ]
    return "\n".join([*aligned, *remarks(rows)])


def markdown(rows: Sequence[Outcome]) -> str:
    """Return rows as a Markdown table, remarks below it."""
    lines = [HEAD, ("---", *("--:" for _ in HEAD[1:])), *(cells(row) for row in rows)]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", *remarks(rows)])


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
