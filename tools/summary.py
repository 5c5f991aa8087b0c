"""The last lines of `make test`: what each stage counted, and one line that sums it up.

Usage: python -m tools.summary REPORTS STAGE=EXIT_STATUS ...
A stage's reports are REPORTS/STAGE*.xml. A stage that failed without a failed test, or left no report, counts as one
failed test: a run that died must not look like a run that passed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tools.reports import Case, Outcome, read_cases


@dataclass(frozen=True)
class Stage:
    """One stage of the test run and the cases it reported."""

    name: str
    cases: tuple[Case, ...]

    def count(self, outcome: Outcome) -> int:
        """Cases that ended so."""
        return sum(case.outcome == outcome for case in self.cases)

    @property
    def seconds(self) -> float:
        """Time spent in its cases, in seconds."""
        return sum(case.seconds for case in self.cases)


def read_stage(reports: Path, name: str, status: int) -> Stage:
    """Read a stage's reports and judge them together with its exit status."""
    cases: list[Case] = []
    paths = sorted(path for path in reports.glob(f"{name}*.xml") if path.stem == name or path.stem[len(name)] == ".")
    for path in paths:
        try:
            cases += read_cases(path)
        except ValueError as error:
            cases.append(Case(f"{name}: report", "failed", str(error)))
    if not cases:
        cases.append(Case(name, "failed", f"left no report (exit status {status})"))
    elif status and not any(case.outcome == "failed" for case in cases):
        cases.append(Case(name, "failed", f"ended with exit status {status}, though no test failed"))
    return Stage(name, tuple(cases))


def render(stages: list[Stage]) -> str:
    """Every skip with its reason, every failure, a table of the stages, and the line that sums it up."""
    cases = [case for stage in stages for case in stage.cases]
    lines = _skips([case for case in cases if case.outcome == "skipped"])
    lines += [f"FAILED {case.name}: {_first_line(case.detail)}" for case in cases if case.outcome == "failed"]
    lines.append("")
    width = max(len(stage.name) for stage in stages)
    lines += [f"{stage.name:<{width}}  {_counts([stage])}  ({stage.seconds:.0f} s)" for stage in stages]
    lines.append(_counts(stages))
    return "\n".join(lines)


def _skips(cases: list[Case]) -> list[str]:
    """Return a line for each skip, and one for all of a file that have the same reason."""
    alike: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        alike.setdefault((case.name.partition("::")[0], _first_line(case.detail)), []).append(case.name)
    return [
        f"SKIPPED {names[0] if len(names) == 1 else f'{file}, {len(names)} tests'}: {reason}"
        for (file, reason), names in alike.items()
    ]


def main(arguments: list[str]) -> int:
    """Print the summary; 1 if anything failed."""
    reports, *pairs = arguments
    stages = []
    for pair in pairs:
        name, _, status = pair.partition("=")
        stages.append(read_stage(Path(reports), name, int(status)))
    sys.stdout.write(f"\n{render(stages)}\n")
    return 1 if any(stage.count("failed") for stage in stages) else 0


def _counts(stages: list[Stage]) -> str:
    outcomes: tuple[Outcome, ...] = ("passed", "failed", "skipped")
    return ", ".join(f"{sum(stage.count(outcome) for stage in stages)} {outcome}" for outcome in outcomes)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason given"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
