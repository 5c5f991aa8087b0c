"""What a gate says for people: its decision in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.module_utils.promql import FAIL, NO_DATA

if TYPE_CHECKING:
    from ansible.module_utils.promql import Finding

_REASONS = 3  # how many findings a message tells


def failed_lines(findings: list[Finding], seconds: float) -> list[str]:
    """Return the message of a gate that failed on its figures."""
    bad = [finding for finding in findings if finding.verdict == FAIL]
    lines = [f"The gate failed after {seconds:.0f} s, {len(bad)} of {len(findings)} checks:"]
    for finding in bad[:_REASONS]:
        more = [f"worst at {finding.where()}" if finding.where() else "", finding.beside]
        said = "; ".join(part for part in more if part)
        lines.append(f"- {finding.sentence()}" + (f" ({said})" if said else ""))
    return lines


def blind_lines(findings: list[Finding], seconds: float, url: str) -> list[str]:
    """Return the message of a gate that has no data, with what to look at."""
    blind = [finding for finding in findings if finding.verdict == NO_DATA]
    reasons = dict.fromkeys(finding.why for finding in blind)
    if len(reasons) == 1:
        said = [f"- {next(iter(reasons))}"]
    else:
        said = [f"- {finding.sentence()}" for finding in blind[:_REASONS]]
    return [
        f"The gate has no data after {seconds:.0f} s, {len(blind)} of {len(findings)} checks; no data never passes:",
        *said,
        f"See on the monitoring host what Prometheus reads: promtool query instant {url} up",
    ]


def passed_lines(findings: list[Finding], seconds: float) -> list[str]:
    """Return the message of a gate that passed, with its figures."""
    figures = [finding.sentence() for finding in findings if finding.value is not None]
    return [f"The gate passed after {seconds:.0f} s, {len(findings)} checks: {'; '.join(figures) or 'none had data'}"]
